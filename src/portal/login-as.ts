import type { Request } from 'express'
import { listAuthors } from '../audit/log.ts'
import { eventSays } from '../audit/sentences.ts'
import { isUnclear, matchCustomer, type FoundCustomer, type CustomerMatch } from '../customers/match.ts'
import { COUNTED_MAX } from '../database/counted.ts'
import { readListQuery } from '../forms/form.ts'
import { SessionQuery, SessionsQuery } from '../login-as/forms.ts'
import { LOGIN_AS_NAMES, whyEnded } from '../login-as/login-as.ts'
import {
  EVENT_KINDS,
  kindOf,
  listSessionEvents,
  outcomeOf,
  type SessionEvent,
  type EventKind,
} from '../login-as/session-events.ts'
import {
  findLoginAsSession,
  listLoginAsSessions,
  type LoginAsSession,
  maybeCountLoginAsSessions,
  mayEnd,
  mustSeeLoginAsSessions,
} from '../login-as/sessions.ts'
import { paths } from '../paths.ts'
import { may } from '../people/actor.ts'
import { browserInWords } from '../people/browser.ts'
import { page } from '../web/page.ts'
import { formatsFor } from '../words/format.ts'
import { t, type Sentence } from '../words/words.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'login-as/list': {
      filter: { staff: string; customer: string }
      customer: FoundCustomer | null
      meant: CustomerMatch
      count: number | null
      countedMax: number
      authors: { name: string; id: string; email: string }[]
      sessions: ReturnType<typeof inWords>[]
      pager: Pager
    }
    'login-as/session': {
      session: ReturnType<typeof inWords> & { browser: Sentence | '' }
      events: (SessionEvent & {
        kind: EventKind
        kindName: Sentence
        says: Sentence | '' | null
        outcome: Sentence
      })[]
      pager: Pager
    }
  }
}

const NOTHING = { rows: [], before: null, after: null }

pages.get('/login-as', async (req, res) => {
  const { actor } = req
  mustSeeLoginAsSessions(actor)
  const { query, ignored } = readListQuery(SessionsQuery, req.query)
  const { staff, customer: words, ...place } = query
  const meant = await matchCustomer(actor, words)
  const { customer } = meant
  const filter = { staff, customer: customer?.id ?? words }
  const { rows, before, after } = isUnclear(meant)
    ? NOTHING
    : await listLoginAsSessions(actor, { ...filter, ...place })
  page(res, 'login-as/list', {
    title: t('Login-as sessions'),
    ignored,
    filter,
    customer,
    meant,
    count: before || after ? await maybeCountLoginAsSessions(actor, filter) : rows.length,
    countedMax: COUNTED_MAX,
    authors: may(actor, 'audit.see') ? await listAuthors(actor) : [],
    sessions: rows.map((session) => inWords(req, session)),
    pager: {
      newer: before && paths.loginAsSessions({ ...filter, before }),
      older: after && paths.loginAsSessions({ ...filter, after }),
    },
  })
})

pages.get('/login-as/:id', async (req, res) => {
  const { actor } = req
  const session = await findLoginAsSession(actor, req.params.id)
  const { query, ignored } = readListQuery(SessionQuery, req.query)
  const { rows, before, after } = await listSessionEvents(actor, session, query)
  const formats = formatsFor(actor.reseller)
  page(res, 'login-as/session', {
    title: t('{mode} of {staff}', {
      mode: LOGIN_AS_NAMES[session.mode],
      staff: session.staff.name || session.staff.email,
    }),
    ignored,
    session: { ...inWords(req, session), browser: session.userAgent && browserInWords(session.userAgent) },
    events: rows.map((row) => ({
      ...row,
      kind: kindOf(row),
      kindName: EVENT_KINDS[kindOf(row)],
      says: row.event && eventSays(row.event, row.details, formats),
      outcome: outcomeOf(row.status),
    })),
    pager: {
      newer: before && paths.loginAsSession(session, { before }),
      older: after && paths.loginAsSession(session, { after }),
      byTime: false,
    },
  })
})

/** A login-as session with its names, why it ended, and whether this reader may end it. */
const inWords = ({ actor }: Request, session: LoginAsSession) => ({
  ...session,
  modeName: LOGIN_AS_NAMES[session.mode],
  why: session.endedBy && whyEnded(session.endedBy, session.stoppedBy),
  canBeStopped: !session.isOver && mayEnd(actor, session),
})
