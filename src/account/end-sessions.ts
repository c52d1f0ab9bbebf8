import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { record } from '../events/record.ts'
import { type Actor, type Person, ownerOf } from '../people/actor.ts'
import { customerSessionsEnded, staffSessionsEnded } from '../people/events.ts'
import { holdOwner } from '../people/factors.ts'
import { endHangingOn } from '../people/sessions.ts'
import { LOGIN_SITES, aboutOf } from '../people/login-site.ts'
import { distrustBrowsers } from '../people/trusted-browser.ts'
import { personKindOf, ownOf } from './sessions.ts'

const declared = {
  may: 'themself',
  leaves: [staffSessionsEnded, customerSessionsEnded],
  input: z.object({}),
} as const

/** Logs another browser of the same person out; returns false where it was logged out already. Locks as EndOwnSessions. */
export const EndOwnSession = action({
  ...declared,
  on: async (_by, { id }) => String(id),
  run: async ({ actor }, id) =>
    /^([0-9A-Z]{8}\.)?[0-9a-f]{64}$/.test(id) && (await endSessions(actor, id)) > 0,
})

/**
 * Logs all other browsers of the same person out, trusts none any more, and ends the login-as sessions that hang on them; returns how many browsers.
 * Locks the person, as a login does, then the sessions, the factors and the login-as sessions.
 */
export const EndOwnSessions = action({
  ...declared,
  on: async () => null,
  run: ({ actor, session = '' }) => endSessions(actor, { not: session }),
})

function endSessions(actor: Actor, which: string | { not: string }): Promise<number> {
  return transaction(actor, async (db) => {
    const kind = personKindOf(actor)
    const whose = ownerOf(actor as Person)
    await holdOwner(db, whose)
    const alive = { ...ownOf(actor), endedAt: null }
    const found = await db.session.findMany({ where: { ...alive, id: which }, select: { id: true } })
    const ids = found.map(({ id }) => id)
    const { count } = await db.session.deleteMany({ where: { ...alive, id: { in: ids } } })
    // Also where none is logged in: a browser that was lost may be trusted still.
    if (typeof which !== 'string') await distrustBrowsers(db, whose)
    if (count === 0) return 0
    if (kind === 'staff') {
      await endHangingOn(db, { resellerId: actor.reseller.id, portalSession: { in: ids } }, 'staff_logout', {
        request: actor,
      })
    }
    await record(db, actor, LOGIN_SITES[kind].sessionsEnded, { ...aboutOf(actor), count })
    return count
  })
}
