import { isId } from '../database/id.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/client.ts'
import { currentTime } from '../database/clock.ts'
import type { Invite } from '../generated/prisma/client.ts'
import type { Keys } from '../keys.ts'
import { paths } from '../paths.ts'
import { absoluteAddress } from '../web/addresses.ts'

export const INVITE_STATES = ['open', 'used', 'expired', 'revoked'] as const

/** Whether somebody can register through an invite, and why not. */
export type InviteState = (typeof INVITE_STATES)[number]

/** What of an invite decides what can be done with it. */
export type InviteFacts = Pick<
  Invite,
  'kind' | 'staffId' | 'email' | 'revokedAt' | 'maxUses' | 'uses' | 'expiresAt'
>

/** Where an invite stands. Revoked comes first, because that was somebody's decision. */
export function stateOf(
  { revokedAt, maxUses, uses, expiresAt }: Pick<Invite, 'revokedAt' | 'maxUses' | 'uses' | 'expiresAt'>,
  now = currentTime(),
): InviteState {
  if (revokedAt) return 'revoked'
  if (maxUses !== null && uses >= maxUses) return 'used'
  return expiresAt <= now ? 'expired' : 'open'
}

type Facts = Pick<Invite, 'resellerId' | 'id' | 'generation'>

/** A link's generation is found by trying so many; beyond them it stands in the link. */
const GENERATIONS_TRIED = 100

/** The last part of the link's address: reseller, row, and a signature of both and the generation. It is stored nowhere. */
export function inviteToken(keys: Keys, invite: Facts): string {
  const { resellerId, id, generation } = invite
  const said = generation > GENERATIONS_TRIED ? `.${generation}` : ''
  return `${resellerId}.${id}.${keys.sign('invite', signedFacts(invite, generation))}${said}`
}

/** The whole link, as it is copied and mailed: the same one as long as it is good. */
export function inviteAddress({ config, keys }: { config: Config; keys: Keys }, invite: Facts): string {
  return absoluteAddress(config, paths.join(inviteToken(keys, invite)))
}

/** What a link leads to. replaced: it was regenerated, and this is the former one. */
export type InviteRead =
  { invite: Invite; state: InviteState | 'replaced' } | { invite: null; state: 'unknown' }

/**
 * The invite of a token and where it stands. A token that was not made here is unknown, without a look at the database. Changes nothing.
 */
export async function readInvite({ prisma }: Database, keys: Keys, token: string): Promise<InviteRead> {
  const unknown = { invite: null, state: 'unknown' } as const
  const match = /^([0-9A-Z]{8})\.([0-9a-f-]{36})\.([\w-]{43})(?:\.([1-9]\d{2,8}))?$/.exec(token)
  if (!match) return unknown
  const [, resellerId = '', id = '', signature = '', said] = match
  if (!isId(id)) return unknown
  const tried = said ? [Number(said)] : Array.from({ length: GENERATIONS_TRIED }, (_, at) => at + 1)
  const generation = tried.find((one) =>
    keys.verify('invite', signedFacts({ resellerId, id }, one), signature),
  )
  if (generation === undefined) return unknown
  const invite = await prisma.invite.findUnique({ where: { resellerId_id: { resellerId, id } } })
  if (!invite || generation > invite.generation) return unknown
  return { invite, state: generation === invite.generation ? stateOf(invite) : 'replaced' }
}

const signedFacts = ({ resellerId, id }: Pick<Facts, 'resellerId' | 'id'>, generation: number) =>
  `${resellerId}|${id}|${generation}`
