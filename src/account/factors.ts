import { z } from 'zod'
import { action } from '../actions/action.ts'
import type { Caller } from '../actions/caller.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { currentTime } from '../database/clock.ts'
import { isUniqueViolation } from '../database/failures.ts'
import { isId, newId } from '../database/id.ts'
import { record } from '../events/record.ts'
import { hiddenValue, text } from '../forms/form.ts'
import type { Keys } from '../keys.ts'
import { type Actor, type Person, consoleCustomerId, ownerOf } from '../people/actor.ts'
import {
  customerFactorAdded,
  customerFactorRemoved,
  customerFactorRenamed,
  customerRecoveryCodesRenewed,
  staffFactorAdded,
  staffFactorRemoved,
  staffFactorRenamed,
  staffRecoveryCodesRenewed,
} from '../people/events.ts'
import {
  FACTORS_MAX,
  type ShownFactor,
  addTotp,
  hasUsableFactor,
  holdOwner,
  listFactors,
  removeFactors,
} from '../people/factors.ts'
import { LOGIN_SITES, aboutOf } from '../people/login-site.ts'
import { factorAddedMail, factorRemovedMail, recoveryCodesRenewedMail } from '../people/mails.ts'
import { type Owner, whereOwned } from '../people/owner.ts'
import { isFactorDue } from '../people/required-factor.ts'
import { tellPerson } from '../people/notices.ts'
import { ownCeremony } from '../people/own-passkey.ts'
import {
  type AskedPasskey,
  addPasskey,
  askForNewPasskey,
  isAmongPasskeys,
  passkeyFields,
  readNewPasskey,
} from '../people/passkeys.ts'
import {
  batchOfCodes,
  countCodesLeft,
  makeRecoveryCodes,
  replaceRecoveryCodes,
} from '../people/recovery-codes.ts'
import { maybeStepOf, newTotpSecret } from '../people/totp.ts'
import type { Services } from '../services.ts'
import { personKindOf } from './sessions.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

/** A new authenticator app may be set up for so long. */
const SETUP_MINUTES = 30

/** An authenticator app that is being set up: what its page carries, and nobody else can read. */
interface NewApp {
  id: string
  secret: string
  /** Milliseconds since 1970. */
  at: number
}

const whoseOf = (actor: Actor) => ownerOf(actor as Person)

const siteOf = (actor: Actor) => LOGIN_SITES[personKindOf(actor)]

/** Whether somebody may add a factor: staff always, customers where their reseller offers it. */
export const mayAddFactors = ({ offersFactors = true }: Pick<Actor, 'offersFactors'>) => offersFactors

/** @throws 403 for customers whose reseller offers none */
function mustBeOffered(actor: Actor) {
  if (mayAddFactors(actor)) return
  const { name: reseller } = actor.reseller
  throw new Refusal(403, t('{reseller} does not offer second factors to its customers.', { reseller }))
}

/** What a person may call a factor. */
const factorName = () => text({ max: 60, min: 1 })

const aboutNew = ({ resellerId, id }: Owner) => `${resellerId}|${id}`

/** A new secret for an authenticator app, sealed as the page brings it back. Stored nowhere until it is proved. */
export function beginApp(actor: Actor, keys: Keys): { secret: string; sealed: string } {
  const app: NewApp = { id: newId(), secret: newTotpSecret(), at: currentTime().getTime() }
  return {
    secret: app.secret,
    sealed: keys.seal('new-factor', JSON.stringify(app), aboutNew(whoseOf(actor))),
  }
}

/** The authenticator app that was sealed, however long ago; null for anything else, such as another person's. */
function maybeSealedApp(actor: Actor, keys: Keys, sealed: string): NewApp | null {
  const text = keys.open('new-factor', sealed, aboutNew(whoseOf(actor)))
  return text === null ? null : (JSON.parse(text) as NewApp)
}

/** The same, while it may be set up. */
function maybeNewApp(actor: Actor, keys: Keys, sealed: string): NewApp | null {
  const app = maybeSealedApp(actor, keys, sealed)
  return app && currentTime().getTime() - app.at < SETUP_MINUTES * 60_000 ? app : null
}

/** The secret of a page that comes back, so that it shows the same one; null where it can no longer be set up. */
export const maybeBegunSecret = (actor: Actor, keys: Keys, sealed: string): string | null =>
  maybeNewApp(actor, keys, sealed)?.secret ?? null

/** The second factors of whoever asks, and how many recovery codes are left; in the console the customer's, also under a login-as session. */
export function listOwnFactors(actor: Actor, services: Pick<Services, 'keys' | 'config'>) {
  const kind = personKindOf(actor)
  const id = kind === 'staff' ? (actor.id as string) : consoleCustomerId(actor)
  return listFactors(actor, services, { kind, id })
}

/**
 * Adds an authenticator app as a second factor, once a code proves that it has the secret; that code counts as used. Where no
 * recovery codes are left, ten come with it, which are returned to be shown once. The person is told by mail. The same form sent again adds
 * nothing, however late: `wasThere`. Locks the person.
 *
 * @throws 422 for a wrong code, and where setting it up took too long; 409 beyond FACTORS_MAX; 403 for customers to whom none is offered
 */
export const AddApp = action({
  may: 'themself',
  proof: true,
  leaves: [staffFactorAdded, customerFactorAdded],
  on: async ({ actor }) => mustBeOffered(actor),
  input: z.object({
    name: factorName(),
    code: text({ max: 40, min: 1 }),
    app: hiddenValue(/^[\w-]{1,1000}$/),
  }),
  async run({ actor, services: { keys } }, _none, { name, code, app: sealed }) {
    const whose = whoseOf(actor)
    const { id } = maybeSealedApp(actor, keys, sealed) ?? {}
    const isAdded =
      id !== undefined &&
      (await actor.database.prisma.factor.count({ where: { ...whereOwned(whose), id } })) > 0
    if (isAdded) return THERE
    const app = maybeNewApp(actor, keys, sealed)
    if (!app) {
      throw new Refusal(422, t('Setting up took too long. Scan the new QR code, then enter its code.'))
    }
    const step = maybeStepOf(app.secret, code.replaceAll(/\s/g, ''))
    if (step === null) {
      throw new Refusal(
        422,
        t('This code is not correct. Check the time of your device, then enter the code shown now.'),
        { field: 'code' },
      )
    }
    return addFactor(actor, {
      name,
      kind: 'totp',
      add: (db, whose) => addTotp(db, keys, whose, { id: app.id, name, secret: app.secret, step }),
    })
  },
})

/** What is answered where it had been added before. */
const THERE = { codes: null, wasThere: true }

/** A new passkey is asked for in the browser of this session: what its page carries. Null where passkeys cannot be used. */
export async function beginPasskey(
  actor: Actor,
  services: Pick<Services, 'config' | 'keys'>,
  { session, before }: { session: string; before: string },
): Promise<AskedPasskey | null> {
  const { name: email, displayName: name, reseller } = actor
  const owner = { ...whoseOf(actor), email, name, house: reseller.name }
  return askForNewPasskey(services, actor.database, owner, { ceremony: ownCeremony('new', session), before })
}

/**
 * Adds a passkey, which logs in alone and is a second factor beside the password. Where no recovery codes are left, ten come with it, which
 * are returned to be shown once. The person is told by mail. One that is there adds nothing: `wasThere`. Locks the person.
 *
 * @throws 422 where the browser's answer is none that can be used, where it took too long, and for a form that is sent twice at once; 409 beyond FACTORS_MAX;
 * 403 for customers to whom none is offered
 */
export const AddPasskey = action({
  may: 'themself',
  proof: true,
  leaves: [staffFactorAdded, customerFactorAdded],
  on: async ({ actor }) => mustBeOffered(actor),
  input: z.object({ name: factorName(), ...passkeyFields }),
  async run({ actor, services, session = '' }, _none, { name, ...given }) {
    // After the proof: who is asked for one here has made none yet.
    if (given.passkey === '') throw new Refusal(422, t('Create a passkey in your browser first.'))
    if (await isAmongPasskeys(actor.database, whoseOf(actor), given)) return THERE
    const made = await readNewPasskey(services, given, ownCeremony('new', session))
    return addFactor(actor, {
      name,
      kind: 'passkey',
      add: (db, whose) => addPasskey(db, whose, { ...made, id: newId(), name }),
    })
  },
})

interface NewFactor {
  name: string
  kind: 'totp' | 'passkey'
  add(db: Transaction, whose: Owner): Promise<unknown>
}

/** Adds a factor of the actor's own, with recovery codes where none are left. `wasThere`: it had been added before. */
async function addFactor(actor: Actor, { name, kind, add }: NewFactor) {
  mustBeOffered(actor)
  const whose = whoseOf(actor)
  const hasNone = (await countCodesLeft(actor.database.prisma, whose)) === 0
  const made = hasNone ? await makeRecoveryCodes() : null
  try {
    return await transaction(actor, async (db) => {
      await mustHold(db, whose)
      if ((await db.factor.count({ where: whereOwned(whose) })) >= FACTORS_MAX) {
        throw new Refusal(
          409,
          t('You already have {max} second factors. Remove one first.', { max: FACTORS_MAX }),
        )
      }
      await add(db, whose)
      const shown = made && (await countCodesLeft(db, whose)) === 0 ? made : null
      if (shown) await replaceRecoveryCodes(db, whose, shown)
      const site = siteOf(actor)
      const added = { ...aboutOf(whose), name, ...(kind === 'passkey' && { kind }) }
      await record(db, actor, site.factorAdded, added)
      await tellPerson(db, actor as Person, factorAddedMail, { name, kind, site: site.name })
      return { codes: shown?.codes ?? null, wasThere: false }
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    return THERE
  }
}

/** A second factor of whoever asks. @throws 404 for one that is not theirs, or gone */
async function findOwnFactor({ actor, services }: Caller, { id }: { id?: unknown }): Promise<ShownFactor> {
  const { factors } = isId(id) ? await listOwnFactors(actor, services) : { factors: [] }
  const factor = factors.find((one) => one.id === String(id).toLowerCase())
  if (!factor) throw notFound()
  return factor
}

/**
 * Gives one of the actor's own second factors another name; `isChanged`: false where it has that name already, which leaves no event. Locks
 * the person.
 *
 * @throws 404 for one that is not theirs, or gone
 */
export const RenameFactor = action({
  may: 'themself',
  proof: true,
  leaves: [staffFactorRenamed, customerFactorRenamed],
  on: findOwnFactor,
  input: z.object({ name: factorName() }),
  run: ({ actor }, { id }, { name: to }) =>
    transaction(actor, async (db) => {
      const whose = whoseOf(actor)
      await mustHold(db, whose)
      const where = { ...whereOwned(whose), id }
      const found = await db.factor.findFirst({ where, select: { name: true } })
      if (!found) throw notFound()
      const { name: from } = found
      if (from === to) return { isChanged: false }
      await db.factor.updateMany({ where, data: { name: to } })
      await record(db, actor, siteOf(actor).factorRenamed, { ...aboutOf(whose), from, to })
      return { isChanged: true }
    }),
})

/**
 * Removes one of the actor's own second factors, and with the last one the recovery codes. The person is told by mail. Locks the person.
 *
 * @throws 404 for one that is not theirs, or gone; 409 while the role requires one, if none that still works would be left
 */
export const RemoveFactor = action({
  may: 'themself',
  proof: true,
  leaves: [staffFactorRemoved, customerFactorRemoved],
  on: findOwnFactor,
  input: z.object({}),
  run: ({ actor, services }, { id }) =>
    transaction(actor, async (db) => {
      const whose = whoseOf(actor)
      await mustHold(db, whose)
      const [name] = await removeFactors(db, whose, id)
      if (name === undefined) throw notFound()
      if ((await isFactorDue(db, whose)) && !(await hasUsableFactor(db, services, whose))) {
        throw new Refusal(409, siteOf(actor).lastFactorKept(actor.reseller.name))
      }
      const site = siteOf(actor)
      await record(db, actor, site.factorRemoved, { ...aboutOf(whose), name })
      const isLast = (await db.factor.count({ where: whereOwned(whose) })) === 0
      await tellPerson(db, actor as Person, factorRemovedMail, { name, site: site.name, isLast })
    }),
})

/**
 * Makes ten new recovery codes in the place of those that the form names; returns them, to be shown once. The person is told by mail. Where
 * others have taken their place by then, as where the form is sent again, it makes none: null. Nobody loses codes that they have not seen.
 * Locks the person.
 *
 * @throws 409 for somebody without a second factor
 */
export const RenewRecoveryCodes = action({
  may: 'themself',
  proof: true,
  leaves: [staffRecoveryCodesRenewed, customerRecoveryCodesRenewed],
  on: async () => null,
  // What is no batch names none that there is.
  input: z.object({ replaces: z.string().catch('') }),
  async run({ actor }, _none, { replaces }) {
    const whose = whoseOf(actor)
    const isLate = async (db: Pick<Transaction, 'factor' | 'recoveryCode'>) => {
      if ((await db.factor.count({ where: whereOwned(whose) })) === 0) {
        throw new Refusal(409, t('Recovery codes are for logging in without a second factor. Add one first.'))
      }
      return (await batchOfCodes(db, whose)) !== replaces
    }
    // Before the work of making some, and again once nobody else can.
    if (await isLate(actor.database.prisma)) return { codes: null }
    const made = await makeRecoveryCodes()
    return transaction(actor, async (db) => {
      await mustHold(db, whose)
      if (await isLate(db)) return { codes: null }
      await replaceRecoveryCodes(db, whose, made)
      const site = siteOf(actor)
      await record(db, actor, site.recoveryCodesRenewed, aboutOf(whose))
      await tellPerson(db, actor as Person, recoveryCodesRenewedMail, { site: site.name })
      return { codes: made.codes }
    })
  },
})

async function mustHold(db: Transaction, whose: Owner) {
  if (!(await holdOwner(db, whose))) throw new Refusal(409, t('Your account is no longer active.'))
}

const notFound = () => new Refusal(404, t('Second factor not found.'))
