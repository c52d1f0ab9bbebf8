import type { Request } from 'express'
import { eventSays } from '../audit/all-events.ts'
import { listAuthors } from '../audit/log.ts'
import { isUnclear, whoIsMeant } from '../customers/meant.ts'
import { COUNTED_MAX } from '../database/counted.ts'
import { StayQuery, StaysQuery } from '../login-as/forms.ts'
import { LOGIN_AS_NAMES, whyEnded } from '../login-as/names.ts'
import { EVENT_KINDS, kindOf, listStayEvents, outcomeOf } from '../login-as/stay-events.ts'
import { type Stay, findStay, listStays, maybeCountStays, mayStop, mustSeeStays } from '../login-as/stays.ts'
import { paths } from '../paths.ts'
import { may } from '../people/actor.ts'
import { browserInWords } from '../people/browser.ts'
import { readListQuery } from '../web/form.ts'
import { formatsFor } from '../words/format.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { pages } from './pages.ts'

const NOTHING = { rows: [], before: null, after: null }

pages.get('/login-as', async (req, res) => {
  const { actor } = req
  mustSeeStays(actor)
  const { query, ignored } = readListQuery(StaysQuery, req.query)
  const { staff, customer: words, ...place } = query
  const meant = await whoIsMeant(actor, words)
  const { customer } = meant
  const filter = { staff, customer: customer?.id ?? words }
  const { rows, before, after } = isUnclear(meant) ? NOTHING : await listStays(actor, { ...filter, ...place })
  page(res, 'login-as/list', {
    title: t('Login-as sessions'),
    ignored,
    filter,
    customer,
    meant,
    count: before || after ? await maybeCountStays(actor, filter) : rows.length,
    countedMax: COUNTED_MAX,
    authors: may(actor, 'audit.see') ? await listAuthors(actor) : [],
    stays: rows.map((stay) => inWords(req, stay)),
    pager: {
      newer: before && paths.stays({ ...filter, before }),
      older: after && paths.stays({ ...filter, after }),
    },
  })
})

pages.get('/login-as/:id', async (req, res) => {
  const { actor } = req
  const stay = await findStay(actor, req.params.id)
  const { query, ignored } = readListQuery(StayQuery, req.query)
  const { rows, before, after } = await listStayEvents(actor, stay, query)
  const formats = formatsFor(actor.reseller)
  page(res, 'login-as/stay', {
    title: t('{mode} of {staff}', {
      mode: LOGIN_AS_NAMES[stay.mode],
      staff: stay.staff.name || stay.staff.email,
    }),
    ignored,
    stay: { ...inWords(req, stay), browser: stay.userAgent && browserInWords(stay.userAgent) },
    events: rows.map((event) => ({
      ...event,
      kind: kindOf(event),
      kindName: EVENT_KINDS[kindOf(event)],
      says: event.deed && eventSays(event.deed, event.details, formats),
      outcome: outcomeOf(event.status),
    })),
    pager: {
      newer: before && paths.stay(stay, { before }),
      older: after && paths.stay(stay, { after }),
      byTime: false,
    },
  })
})

/** A stay with its names, why it ended, and whether this reader may end it. */
const inWords = ({ actor }: Request, stay: Stay) => ({
  ...stay,
  modeName: LOGIN_AS_NAMES[stay.mode],
  why: stay.endedBy && whyEnded(stay.endedBy, stay.stoppedBy),
  canBeStopped: !stay.isOver && mayStop(actor, stay),
})
