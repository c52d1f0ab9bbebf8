import type { NextFunction, Request, Response } from 'express'
import { type Transaction, transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { newId } from '../database/id.ts'
import { type Author, record } from '../events/record.ts'
import type { LoginAsMode, Prisma } from '../generated/prisma/client.ts'
import { type Due, eachDue } from '../jobs/batches.ts'
import { loginAsRefused } from '../login-as/events.ts'
import type { Actor } from '../people/actor.ts'
import { requestRefused } from '../people/events.ts'
import { type Services, services } from '../services.ts'
import { shownPath } from '../web/request-log.ts'
import { Refusal } from '../words/refusal.ts'

/** Equal refusals of one person within this time leave one event, and one more with their number when it is over. */
const COUNTED_MINUTES = 10

/** So many addresses of one person are counted each by itself; what is refused beyond them at the same time, together. */
const ADDRESSES_MAX = 200
const OTHER_ADDRESSES = '…'

/** What was refused, of whom; the same for all that are counted together. */
interface Refused {
  method: string
  path: string
  /** The permission that was lacking, where it was that. */
  permission?: string
  customer?: { id: string }
  loginAs?: { id: string; mode: LoginAsMode }
}

/**
 * Leaves an event of every request that is refused, 403, to somebody who is logged in, before it is answered: what was asked for, and
 * which permission was lacking. Visitors leave none, nor does what is not there (404). Where it cannot be written the process's log has
 * it, and the request is refused all the same.
 */
export function noteRefused(error: unknown, req: Request, res: Response, next: NextFunction) {
  const { actor } = req
  if (!(error instanceof Refusal) || error.status !== 403 || !actor || res.headersSent) return next(error)
  const { permission } = error.facts
  const customerId = actor.kind === 'customer' ? actor.id : actor.standsInFor
  const refused: Refused = {
    method: req.method,
    path: shownPath(req),
    ...(typeof permission === 'string' && { permission }),
    ...(customerId && { customer: { id: customerId } }),
    ...(actor.loginAs && { loginAs: { id: actor.loginAs.id, mode: actor.loginAs.mode } }),
  }
  note(services(req), actor, refused)
    .catch((lost: unknown) =>
      services(req).log.error({ err: lost, requestId: req.id }, 'could not record a refused request'),
    )
    .finally(() => next(error))
}

async function note(on: Pick<Services, 'database'>, actor: Actor, refused: Refused) {
  const author = authorOf(actor)
  // Most of a flood is counted by this alone: one statement, no event.
  if (await countAgain(on.database.prisma, author, refused)) return
  await transaction(on, async (db) => {
    const key = keyOf(author, refused)
    const others = await db.refusedRequest.count({ where: { resellerId: key.resellerId, who: key.who } })
    const known = await db.refusedRequest.findUnique({ where: { resellerId_who_method_path: key } })
    const isOneOfMany = !known && others >= ADDRESSES_MAX
    const counted = isOneOfMany ? { ...refused, path: OTHER_ADDRESSES } : refused
    if (isOneOfMany && (await countAgain(db, author, counted))) return
    if (known && known.beganAt <= (await countedSince(db))) await tellCount(db, known)
    const about = counted as unknown as Prisma.InputJsonObject
    const { count: isFirst } = await db.refusedRequest.createMany({
      data: { ...keyOf(author, counted), id: newId(), beganAt: await databaseTime(db), author, about },
      skipDuplicates: true,
    })
    // Of two first ones at once, the second is counted.
    if (isFirst === 0) await countAgain(db, author, counted)
    else await recordRefused(db, author, counted)
  })
}

/** Counts one more, where an equal one has left its event within the time; false where none has. */
async function countAgain(db: Transaction, author: StoredAuthor, refused: Refused): Promise<boolean> {
  const { count } = await db.refusedRequest.updateMany({
    where: { ...keyOf(author, refused), beganAt: { gt: await countedSince(db) } },
    data: { count: { increment: 1 }, author },
  })
  return count > 0
}

/** Once a minute: records how many more requests were refused, and counts from zero again. Safe in several processes at once. */
export function tellRefused(on: Pick<Services, 'database' | 'log'>, signal?: AbortSignal) {
  const dueAfter = `select reseller_id, id, began_at as at from refused_requests
    where began_at <= now() - interval '${COUNTED_MINUTES} minutes' and (began_at, id) > ($1, $2::uuid) order by began_at, id limit $3`
  const tell = ({ reseller_id: resellerId, id }: Due) =>
    transaction(on, async (db) => {
      const known = await db.refusedRequest.findUnique({ where: { resellerId_id: { resellerId, id } } })
      if (known) await tellCount(db, known)
    })
  return eachDue(on, { dueAfter, what: 'counting refused requests', signal }, tell)
}

/** Takes the row away, once, and leaves the event with the number if there was more than the first. */
async function tellCount(db: Transaction, { resellerId, id }: { resellerId: string; id: string }) {
  const [row] = await db.$queryRaw<{ count: number; author: StoredAuthor; about: Refused }[]>`
    delete from refused_requests where reseller_id = ${resellerId} and id = ${id}::uuid returning count, author, about`
  if (row && row.count > 0) await recordRefused(db, row.author, row.about, row.count)
}

async function recordRefused(
  db: Transaction,
  stored: StoredAuthor,
  { loginAs, ...refused }: Refused,
  count?: number,
) {
  const { resellerId, ...author } = stored
  const by: Author = { ...author, reseller: { id: resellerId } }
  const about = { ...refused, ...(count !== undefined && { count }) }
  if (loginAs) await record(db, by, loginAsRefused, { ...about, mode: loginAs.mode, loginAs: loginAs.id })
  else await record(db, by, requestRefused, about)
}

/** Who it was, as a row can hold it. */
type StoredAuthor = Pick<Actor, 'kind' | 'id' | 'name' | 'standsInFor' | 'requestId' | 'ip' | 'userAgent'> & {
  resellerId: string
}

const authorOf = (actor: Actor): StoredAuthor => ({
  resellerId: actor.reseller.id,
  kind: actor.kind,
  id: actor.id,
  name: actor.name,
  standsInFor: actor.standsInFor,
  requestId: actor.requestId,
  ip: actor.ip,
  userAgent: actor.userAgent,
})

const keyOf = ({ resellerId, kind, id }: StoredAuthor, { method, path, loginAs }: Refused) => ({
  resellerId,
  who: `${kind} ${id}${loginAs ? ` ${loginAs.id}` : ''}`,
  method,
  path,
})

const countedSince = (db: Transaction) => databaseTime(db, -COUNTED_MINUTES * 60_000)
