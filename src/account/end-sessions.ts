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

/**
 * Logs another browser of the same person out, and trusts none any more: it may be the one that was lost. Returns false where it was logged
 * out already, which changes nothing. Locks as EndOwnSessions.
 */
export const EndOwnSession = action({
  ...declared,
  on: async (_by, { id }) => String(id),
  run: async ({ actor }, id) =>
    /^([0-9A-Z]{8}\.)?[0-9a-f]{64}$/.test(id) && (await endSessions(actor, id)).count > 0,
})

/**
 * Logs all other browsers of the same person out, trusts none any more, and ends the login-as sessions that hang on them; returns how many browsers,
 * and how many authenticator apps the person has.
 * Locks the person, as a login does, then the sessions, the factors and the login-as sessions.
 */
export const EndOwnSessions = action({
  ...declared,
  on: async () => null,
  run: ({ actor, session = '' }) => endSessions(actor, { not: session }),
})

/** What EndOwnSessions has done. */
export interface Ended {
  count: number
  apps: number
}

function endSessions(actor: Actor, which: string | { not: string }): Promise<Ended> {
  return transaction(actor, async (db) => {
    const kind = personKindOf(actor)
    const whose = ownerOf(actor as Person)
    await holdOwner(db, whose)
    const alive = { ...ownOf(actor), endedAt: null }
    const found = await db.session.findMany({ where: { ...alive, id: which }, select: { id: true } })
    const ids = found.map(({ id }) => id)
    const { count } = await db.session.deleteMany({ where: { ...alive, id: { in: ids } } })
    // All others also where none is logged in: a browser that was lost may be trusted still.
    const ends = count > 0 || typeof which !== 'string'
    const apps = ends ? await distrustBrowsers(db, whose) : 0
    if (count === 0) return { count, apps }
    if (kind === 'staff') {
      await endHangingOn(db, { resellerId: actor.reseller.id, portalSession: { in: ids } }, 'staff_logout', {
        request: actor,
      })
    }
    await record(db, actor, LOGIN_SITES[kind].sessionsEnded, { ...aboutOf(actor), count })
    return { count, apps }
  })
}
