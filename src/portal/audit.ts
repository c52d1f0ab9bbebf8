import type { NextFunction, Request, Response } from 'express'
import { eventLabel, eventSays } from '../audit/sentences.ts'
import { wordedFacts } from '../audit/facts.ts'
import { foldEqual } from '../audit/fold.ts'
import { AuditQuery } from '../audit/forms.ts'
import { type LoggedEvent, log } from '../audit/log.ts'
import { EVERYBODY, type CustomerMatch, isUnclear, matchCustomer } from '../customers/match.ts'
import { NOTHING_SHOWN, type Shown, showList } from '../lists/shown.ts'
import { everyEvent } from '../events/event.ts'
import { paths } from '../paths.ts'
import type { Actor } from '../people/actor.ts'
import { browserInWords } from '../people/browser.ts'
import { allowed } from '../people/guards.ts'
import { listAuthors, namesByAddress } from '../staff/names.ts'
import { readFilter, type Form } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { type Formats, formatsFor } from '../words/format.ts'
import { languageOf, t, wordsFor } from '../words/words.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'audit/log': Omit<Shown<never>, 'rows'> & {
      form: Form
      filter: Partial<Record<string, string>>
      meant: CustomerMatch
      shownCount: number
      rows: ReturnType<typeof inWords>[]
      authors: { name: string; id: string; email: string }[]
      staffNames: Readonly<Record<string, string>>
      events: { name: string; label: string }[]
    }
  }
}

pages.get('/audit', allowed('audit.see'), withFilterRenamed, async (req, res) => {
  const { actor } = req
  const { form, ignored } = readFilter(AuditQuery, req.query)
  const meant = form.ok ? await matchCustomer(actor, form.values.customer) : EVERYBODY
  const { person, customer, event, from, to } = form.typed
  const filter = { person, customer, event, from, to }
  const authors = await listAuthors(actor)
  const names = namesByAddress(authors)
  const of = { customerId: meant.customer?.id ?? null }
  const { rows, ...listed } =
    form.ok && !isUnclear(meant)
      ? await showList(log, { actor, of, query: form.values }, (place) =>
          paths.audit({ ...filter, ...place }),
        )
      : NOTHING_SHOWN
  const formats = formatsFor(actor.reseller)
  page(res, 'audit/log', {
    title: t('Activity'),
    form,
    ignored,
    filter,
    meant,
    ...listed,
    shownCount: rows.length,
    rows: foldEqual(rows, foldable).map((group) => inWords(actor, group, formats, names)),
    authors,
    staffNames: names,
    events: eventsByLabel(req),
  })
})

/** The filter `event` was called `deed` before. An address that says so leads to the same one with today's name. */
export function withFilterRenamed(req: Request, res: Response, next: NextFunction) {
  if (!('deed' in req.query)) return next()
  const [address, query] = req.originalUrl.split('?')
  const renamed = [...new URLSearchParams(query)].map(([name, value]) => [
    name === 'deed' ? 'event' : name,
    value,
  ])
  res.redirect(303, `${address}?${new URLSearchParams(renamed)}`)
}

/** Equal events in a row as one: what it says, and each time that it happened. */
function inWords(
  actor: Actor,
  group: [LoggedEvent, ...LoggedEvent[]],
  formats: Formats,
  names: Readonly<Record<string, string>>,
) {
  const [row] = group
  return {
    ...row,
    label: eventLabel(row.event),
    says: eventSays(row.event, row.details, formats, { count: group.length, staffNames: names }),
    facts: wordedFacts(row, formats, actor),
    /** How many addresses the equal events came from. */
    ipCount: new Set(group.map(({ ip }) => ip)).size,
    times: group.map((one) => ({
      ...one,
      browser: one.userAgent && browserInWords(one.userAgent),
    })),
  }
}

const foldable = ({ customer, standsInFor, ...row }: LoggedEvent) => ({
  ...row,
  customerId: customer?.id ?? null,
  forCustomerId: standsInFor?.id ?? null,
})

/** Every event for the filter, in the order of its label in the reader's language. */
function eventsByLabel({ actor }: Request) {
  const { locale } = actor.reseller
  const words = wordsFor(locale)
  const { compare } = new Intl.Collator(languageOf(locale))
  return [...everyEvent().keys()]
    .map((name) => ({ name, label: words(eventLabel(name)) }))
    .sort((a, b) => compare(a.label, b.label))
}
