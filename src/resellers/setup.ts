import { createHash, timingSafeEqual } from 'node:crypto'
import { type Database, transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { record } from '../events/record.ts'
import { paths } from '../paths.ts'
import { staffLoggedIn } from '../people/events.ts'
import { hashPassword } from '../people/password-hash.ts'
import { mustBeHardToGuess } from '../people/password-policy.ts'
import type { SessionPerson } from '../people/session-store.ts'
import { type NewSession, openSession } from '../people/sessions.ts'
import { attempt, networkOf } from '../people/throttle.ts'
import type { RequestFacts } from '../request-facts.ts'
import type { Services } from '../services.ts'
import { absoluteAddress } from '../web/addresses.ts'
import { DONE_ALREADY, Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { createReseller, holdResellers, takenInWords } from './create-reseller.ts'
import type { Setup } from './forms.ts'

/** What the derived token is made from: it is the same in every process, and dies with the first reseller. */
const TOKEN_FACTS = 'the first reseller'

/** The one-time address at which the first reseller is made; null when there is one. Printed at start, and nowhere else. */
export async function setupAddress({
  config,
  database,
  keys,
}: Pick<Services, 'config' | 'database' | 'keys'>): Promise<string | null> {
  if (await isSetUp(database)) return null
  const token = config.setupToken ?? keys.sign('setup', TOKEN_FACTS)
  return absoluteAddress(config, paths.setup({ token }))
}

/** Whether there is a reseller. There is no way back from yes, so it is asked once. */
export async function isSetUp(database: Database): Promise<boolean> {
  if (setUp.has(database)) return true
  const isThere = (await database.prisma.reseller.count({ take: 1 })) > 0
  if (isThere) setUp.add(database)
  return isThere
}

const setUp = new WeakSet<Database>()

/**
 * Refuses everybody, 404, once there is a reseller; before, 403 without the token, and 429 after too many tries. With the good
 * token but too late: a sentence, and 409 for a form that was filled in (`sent`).
 */
export async function mustHaveSetupToken(
  services: Services,
  token: string,
  ip: string | null | undefined,
  { sent = false } = {},
) {
  if (await isSetUp(services.database)) {
    if (!fitsSetup(services, token)) throw nothingHere()
    throw sent ? tooLate() : setUpAlready()
  }
  await attempt(services, async (made) => {
    await made.count([{ limit: 'setup-network', of: networkOf(ip) }])
    if (fitsSetup(services, token)) return made.clearCount()
    made.keepCount()
    throw new Refusal(
      403,
      t(
        'This set-up address is incomplete. Copy the full address from the terminal or log where Purser was started.',
      ),
    )
  })
}

function fitsSetup({ config, keys }: Services, token: string): boolean {
  return config.setupToken ? isSame(config.setupToken, token) : keys.verify('setup', TOKEN_FACTS, token)
}

/**
 * Makes the first reseller and its Owner, who is then logged in. Refuses as mustHaveSetupToken() does, 409 the slower one of two at
 * once; 422, a password that is easily guessed.
 */
export async function setUpPurser(
  services: Services,
  { token, password, reseller: name, email, name: ownerName, ...facts }: Setup,
  { request, session }: { request: RequestFacts; session: NewSession },
): Promise<SessionPerson> {
  await mustHaveSetupToken(services, token, request.ip, { sent: true })
  await mustBeHardToGuess(services, password, {
    about: [email, ownerName, name],
    counter: { limit: 'new-password', of: 'setup' },
  })
  const passwordHash = await hashPassword(password)
  const owner = { email, name: ownerName, passwordHash }
  try {
    return await transaction(services, async (db) => {
      await holdResellers(db)
      if ((await db.reseller.count({ take: 1 })) > 0) throw tooLate()
      const { reseller, ownerId } = await createReseller(db, services, { ...facts, name, owner })
      await db.staff.updateMany({
        where: { resellerId: reseller.id, id: ownerId },
        data: { lastLoginAt: await databaseTime(db) },
      })
      const author = {
        kind: 'staff',
        id: ownerId,
        name: email,
        standsInFor: null,
        reseller,
        ...request,
      } as const
      const person = { kind: 'staff', id: ownerId, resellerId: reseller.id } as const
      await openSession(db, session, person)
      await record(db, author, staffLoggedIn, {})
      return person
    })
  } catch (error) {
    throw (await takenInWords(services.database, { slug: facts.slug, email }, error)) ?? error
  }
}

const tooLate = () =>
  new Refusal(
    409,
    t('Someone else has just set up Purser, so nothing was saved. Ask them to add you as staff.'),
    { title: DONE_ALREADY },
  )

const setUpAlready = () =>
  new Refusal(
    404,
    t(
      'Purser is already set up, so this address no longer works. Log in, or ask an Owner to add you as staff.',
    ),
  )

const nothingHere = () => new Refusal(404, t('This page does not exist.'))

/** In constant time, whatever the lengths. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
