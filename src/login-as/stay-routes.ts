import { COUNTED_MAX } from '../database/counted.ts'
import { type NextFunction, type Request, type Response, Router } from 'express'
import { eventSays } from '../audit/all-events.ts'
import { listAuthors } from '../audit/log.ts'
import { isUnclear, whoIsMeant } from '../customers/meant.ts'
import { sendFile } from '../files/send.ts'
import { paths } from '../paths.ts'
import { may } from '../people/actor.ts'
import { browserInWords } from '../people/browser.ts'
import { flash } from '../web/flash.ts'
import { readListQuery } from '../web/form.ts'
import { formatsFor } from '../words/format.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { t } from '../words/words.ts'
import { StayQuery, StaysQuery } from './forms.ts'
import { LOGIN_AS_NAMES, whyEnded } from './names.ts'
import { EVENT_KINDS, kindOf, listStayEvents, outcomeOf } from './stay-events.ts'
import { exportStayEvents } from './stay-export.ts'
import { type Stay, findStay, listStays, maybeCountStays, mayStop, mustSeeStays } from './stays.ts'
import { stopStay } from './stop.ts'

/** The logins as customers, as staff read of them: who was in whose console, what was done there, and ending one that lasts. */
export const stays = Router()

stays.use((req: Request, _res: Response, next: NextFunction) => {
  mustSeeStays(req.actor)
  next()
})

const NOTHING = { rows: [], before: null, after: null }

stays.get('/', async (req, res) => {
  const { actor } = req
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

stays.get('/:id', async (req, res) => {
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

stays.get('/:id/events.csv', (req, res) =>
  sendFile(req, res, async () => exportStayEvents(req.actor, await findStay(req.actor, req.params.id))),
)

stays.post('/:id/end', async (req, res) => {
  const stay = await findStay(req.actor, req.params.id)
  const said = { customer: stay.customer.email }
  if (await stopStay(req.actor, stay)) flash(res, t('The login-as session for {customer} has ended.', said))
  else flash(res, t('The login-as session for {customer} had already ended.', said), 'attention')
  goBack(res, paths.stay(stay))
})

stays.get(
  '/:id/end',
  formIsAt((req) => paths.stay({ id: String(req.params.id) })),
)

/** A stay with its names, why it ended, and whether this reader may end it. */
const inWords = ({ actor }: Request, stay: Stay) => ({
  ...stay,
  modeName: LOGIN_AS_NAMES[stay.mode],
  why: stay.endedBy && whyEnded(stay.endedBy, stay.stoppedBy),
  canBeStopped: !stay.isOver && mayStop(actor, stay),
})
