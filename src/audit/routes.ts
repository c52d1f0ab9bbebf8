import { type Request, Router } from 'express'
import { EVERYBODY } from '../customers/meant.ts'
import { paths } from '../paths.ts'
import { sendFile } from '../files/send.ts'
import { browserInWords } from '../people/browser.ts'
import { namesByAddress } from '../staff/names.ts'
import { readFilter, readQuery } from '../web/form.ts'
import { formatsFor } from '../web/format.ts'
import { allowed } from '../people/guards.ts'
import { page } from '../web/page.ts'
import { languageOf, t, wordsFor } from '../web/words.ts'
import { COUNTED_MAX } from '../database/counted.ts'
import { EVENT_NAMES, eventLabel, eventSays } from './all-events.ts'
import { exportDeeds } from './export.ts'
import { factsOf } from './facts.ts'
import { foldEqual } from './fold.ts'
import { AuditQuery } from './forms.ts'
import { type LoggedDeed, listAuthors, listDeeds, maybeCountDeeds } from './log.ts'

/** The audit log: what was done, by whom, to whom, and when. */
export const audit = Router()
audit.use(allowed('audit.see'))

const NOTHING = { rows: [], before: null, after: null, lookedTo: null, meant: EVERYBODY }

audit.get('/', async (req, res) => {
  const { actor } = req
  const { form, ignored } = readFilter(AuditQuery, req.query)
  const { rows, before, after, lookedTo, meant } = form.ok ? await listDeeds(actor, form.values) : NOTHING
  const { person, customer, deed, from, to } = form.typed
  const filter = { person, customer, deed, from, to }
  const authors = await listAuthors(actor)
  const names = namesByAddress(authors)
  const isWhole = !before && !after && !lookedTo
  const count =
    form.ok && !isWhole ? await maybeCountDeeds(actor, form.values, meant.customer?.id ?? null) : rows.length
  const formats = formatsFor(actor.reseller)
  const isPlaced = Boolean(form.typed.after || form.typed.before)
  page(res, 'audit/log', {
    title: t('Activity'),
    form,
    ignored,
    filter,
    meant,
    lookedTo,
    shownCount: rows.length,
    count,
    countedMax: COUNTED_MAX,
    rows: foldEqual(rows, foldable).map((group) => {
      const [row] = group
      const ips = new Set(group.map(({ ip }) => ip))
      return {
        ...row,
        label: eventLabel(row.deed),
        says: eventSays(row.deed, row.details, formats, { count: group.length, staffNames: names }),
        facts: factsOf(row, formats),
        /** How many addresses the equal events came from. */
        ipCount: ips.size,
        times: group.map((one) => ({
          ...one,
          browser: one.userAgent && browserInWords(one.userAgent),
        })),
      }
    }),
    authors,
    staffNames: names,
    deeds: deedsByLabel(req),
    pager: {
      // A page of a search on which nothing was found has no row to go back from: it leads to the beginning.
      newer:
        before || (rows.length === 0 && isPlaced)
          ? paths.audit({ ...filter, ...(before && { before }) })
          : null,
      older: after && paths.audit({ ...filter, after }),
    },
  })
})

audit.get('/export.csv', (req, res) =>
  sendFile(req, res, () => exportDeeds(req.actor, readQuery(AuditQuery, req.query))),
)

const foldable = ({ customer, standsInFor, ...row }: LoggedDeed) => ({
  ...row,
  customerId: customer?.id ?? null,
  forCustomerId: standsInFor?.id ?? null,
})

/** Every deed for the filter, in the order of its label in the reader's language. */
function deedsByLabel({ actor }: Request) {
  const { locale } = actor.reseller
  const words = wordsFor(locale)
  const { compare } = new Intl.Collator(languageOf(locale))
  return EVENT_NAMES.map((name) => ({ name, label: words(eventLabel(name)) })).sort((a, b) =>
    compare(a.label, b.label),
  )
}
