import type { Request } from 'express'
import { eventSays } from '../audit/sentences.ts'
import { isUnclear, matchCustomer, type FoundCustomer, type CustomerMatch } from '../customers/match.ts'
import { readPage } from '../lists/page.ts'
import { NOTHING_SHOWN, type Shown, pagerOf, showList } from '../lists/shown.ts'
import { listAuthors } from '../staff/names.ts'
import { readListQuery } from '../forms/form.ts'
import { SessionQuery, SessionsQuery } from '../login-as/forms.ts'
import { LOGIN_AS_NAMES, whyEnded } from '../login-as/login-as.ts'
import {
  EVENT_KINDS,
  kindOf,
  sessionEvents,
  outcomeOf,
  type SessionEvent,
  type EventKind,
} from '../login-as/session-events.ts'
import {
  findLoginAsSession,
  loginAsSessions,
  type LoginAsSession,
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
    'login-as/list': Omit<Shown<never>, 'rows'> & {
      filter: { staff: string; customer: string }
      customer: FoundCustomer | null
      meant: CustomerMatch
      authors: { name: string; id: string; email: string }[]
      sessions: ReturnType<typeof inWords>[]
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

pages.get('/login-as', async (req, res) => {
  const { actor } = req
  mustSeeLoginAsSessions(actor)
  const { query, ignored } = readListQuery(SessionsQuery, req.query)
  const { staff, customer: words, ...place } = query
  const meant = await matchCustomer(actor, words)
  const { customer } = meant
  const filter = { staff, customer: customer?.id ?? words }
  const { rows, ...listed } = isUnclear(meant)
    ? NOTHING_SHOWN
    : await showList(loginAsSessions, { actor, of: {}, query: { ...place, ...filter } }, (other) =>
        paths.loginAsSessions({ ...filter, ...other }),
      )
  page(res, 'login-as/list', {
    title: t('Login-as sessions'),
    ignored,
    filter,
    customer,
    meant,
    ...listed,
    authors: may(actor, 'audit.see') ? await listAuthors(actor) : [],
    sessions: rows.map((session) => inWords(req, session)),
  })
})

pages.get('/login-as/:id', async (req, res) => {
  const { actor } = req
  const session = await findLoginAsSession(actor, req.params.id)
  const { query, ignored } = readListQuery(SessionQuery, req.query)
  const listed = await readPage(sessionEvents, { actor, of: { session }, query })
  const formats = formatsFor(actor.reseller)
  page(res, 'login-as/session', {
    title: t('{mode} of {staff}', {
      mode: LOGIN_AS_NAMES[session.mode],
      staff: session.staff.name || session.staff.email,
    }),
    ignored,
    session: { ...inWords(req, session), browser: session.userAgent && browserInWords(session.userAgent) },
    events: listed.rows.map((row) => ({
      ...row,
      kind: kindOf(row),
      kindName: EVENT_KINDS[kindOf(row)],
      says: row.event && eventSays(row.event, row.details, formats),
      outcome: outcomeOf(row.status),
    })),
    pager: {
      ...pagerOf(listed, query, (place) => paths.loginAsSession(session, place)),
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
