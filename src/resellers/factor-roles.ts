import { z } from 'zod'
import { action } from '../actions/action.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { doneMeanwhile, savedMeanwhile } from '../events/saved-meanwhile.ts'
import { hiddenValue, tick } from '../forms/form.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { FACTOR_DAYS_FIRST } from '../people/required-factor.ts'
import { ROLE_IDS, roleName } from '../people/roles.ts'
import { type Formats, formatsFor } from '../words/format.ts'
import { Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import { asTyped } from './settings.ts'

/** By so long the Owner may move the date, once. */
export const FACTOR_DATE_DAYS = 14

/** The date as it is once it was moved. */
export const movedFactorDate = (from: Date) => new Date(from.getTime() + FACTOR_DATE_DAYS * 24 * 60 * 60_000)

/** Which roles require a second factor, and from when on. */
export interface RequiredFactors {
  /** All roles of the reseller, in their order. */
  roles: readonly { id: string; requiresFactor: boolean }[]
  /** Null: no role requires one. */
  from: Date | null
  /** Whether that is past. */
  isDue: boolean
  isMoved: boolean
  /** Nothing is required there, whatever is chosen. */
  isDemo: boolean
}

/** @throws 403 for who is no Owner */
export async function findRequiredFactors(actor: Actor): Promise<RequiredFactors> {
  mustBeAllowed(actor, 'reseller.manage')
  return readRequiredFactors(actor.database.prisma, actor)
}

async function readRequiredFactors(db: Transaction, { reseller: { id } }: Actor): Promise<RequiredFactors> {
  const [row] = await db.$queryRaw<Omit<RequiredFactors, 'roles'>[]>`
    select factors_required_at as "from", coalesce(factors_required_at <= now(), false) as "isDue", factors_date_moved as "isMoved",
      exists (select from installation where is_demo) as "isDemo"
    from resellers where id = ${id}`
  if (!row) throw new Error(`There is no reseller ${id}.`)
  const roles = await db.role.findMany({
    where: { resellerId: id },
    select: { id: true, requiresFactor: true },
  })
  const place = ({ id: role }: { id: string }) => (ROLE_IDS as readonly string[]).indexOf(role)
  return { ...row, roles: roles.toSorted((one, other) => place(one) - place(other)) }
}

type Roles = RequiredFactors['roles']

/** The boxes of the roles, as a form has them. */
export const rolesAsTyped = (roles: Roles): Record<string, string> =>
  Object.fromEntries(roles.map(({ id, requiresFactor }) => [id, asTyped(requiresFactor)]))

/** What a page has shown as ticked, to be compared when it comes back. */
export const shownRoles = (roles: Roles) => idsOf(roles).join(' ')

const idsOf = (roles: Roles) => roles.filter(({ requiresFactor }) => requiresFactor).map(({ id }) => id)

const resellerFactorRolesChosen = event<{ before: readonly string[]; after: readonly string[] }>(
  'reseller.factor_roles_chosen',
  t('Roles with a second factor chosen'),
  ({ before, after }) =>
    t('changed which roles require a second factor, from {before} to {after}', {
      before: namesOf(before),
      after: namesOf(after),
    }),
)

const namesOf = (ids: readonly string[]) => (ids.length > 0 ? ids.map(roleName) : t('no role'))

const resellerFactorDateMoved = event<{ from: string; to: string }>(
  'reseller.factor_date_moved',
  t('Date of second factors moved'),
  ({ from, to }, formats) =>
    t('moved the date from which second factors are required, from {from} to {to}', {
      from: inWords(from, formats),
      to: inWords(to, formats),
    }),
)

const inWords = (time: string, { dateTime }: Formats) => dateTime(new Date(time))

/**
 * Chooses the roles that require a second factor; returns whether anything changed. What is chosen after the date counts from the next
 * request of the people on. Where nothing was required so far, they have FACTOR_DAYS_FIRST; in the demo nothing ever is. Locks the reseller.
 *
 * @throws 409 where somebody else chose after the page was made, see savedMeanwhile()
 */
export const ChooseFactorRoles = action({
  may: ['reseller.manage'],
  proof: true,
  leaves: [resellerFactorRolesChosen],
  on: ({ actor }) => findRequiredFactors(actor),
  input: (_by, { roles }) =>
    z
      .object({
        seen: hiddenValue(/^[\w -]{0,1000}$/),
        ...Object.fromEntries(roles.map(({ id }) => [id, tick()])),
      })
      .transform(({ seen, ...boxes }) => ({ seen, boxes: boxes as Readonly<Record<string, boolean>> })),
  run: ({ actor }, _none, { seen, boxes }) =>
    transaction(actor, async (db) => {
      const { id: resellerId } = actor.reseller
      await lockReseller(db, resellerId)
      const { roles, from, isDemo } = await readRequiredFactors(db, actor)
      const wanted = roles.map(({ id, requiresFactor }) => ({
        id,
        requiresFactor: boxes[id] ?? requiresFactor,
      }))
      if (shownRoles(wanted) === shownRoles(roles)) return false
      if (shownRoles(roles) !== seen) {
        const shown = seen.split(' ')
        throw await savedMeanwhile(db, actor, {
          ...{ event: resellerFactorRolesChosen, now: rolesAsTyped(roles), wanted: rolesAsTyped(wanted) },
          opened: rolesAsTyped(roles.map(({ id }) => ({ id, requiresFactor: shown.includes(id) }))),
          seen: { seen: shownRoles(roles) },
        })
      }
      for (const requiresFactor of [true, false]) {
        const changed = wanted.filter((role) => role.requiresFactor === requiresFactor).map(({ id }) => id)
        await db.role.updateMany({
          where: { resellerId, id: { in: changed }, requiresFactor: !requiresFactor },
          data: { requiresFactor },
        })
      }
      if (from === null && !isDemo) await setDate(db, resellerId, { from: null, days: FACTOR_DAYS_FIRST })
      await record(db, actor, resellerFactorRolesChosen, { before: idsOf(roles), after: idsOf(wanted) })
      return true
    }),
})

/**
 * Moves the date from which second factors are required by FACTOR_DATE_DAYS, once; returns the new one. Locks the reseller.
 *
 * @throws 409 where it was moved before, is past, or there is none
 */
export const MoveFactorDate = action({
  may: ['reseller.manage'],
  proof: true,
  leaves: [resellerFactorDateMoved],
  on: async () => null,
  input: z.object({}),
  run: ({ actor }) =>
    transaction(actor, async (db) => {
      const { id } = actor.reseller
      await lockReseller(db, id)
      const { from, isDue, isMoved } = await readRequiredFactors(db, actor)
      if (from === null)
        throw new Refusal(409, t('No role requires a second factor, so there is no date to move.'))
      const date = formatsFor(actor.reseller).dateTime(from)
      if (isMoved) {
        const already = t('The date has already been moved once, and stays {date}.', { date })
        throw await doneMeanwhile(db, actor, { event: resellerFactorDateMoved }, already)
      }
      if (isDue)
        throw new Refusal(409, t('The date, {date}, has passed and cannot be moved any more.', { date }))
      const to = await setDate(db, id, { from, days: FACTOR_DATE_DAYS })
      await record(db, actor, resellerFactorDateMoved, { from: from.toISOString(), to: to.toISOString() })
      return to
    }),
})

/** Holds the reseller's row until the transaction ends: its settings are then changed by one at a time. */
export const lockReseller = (db: Transaction, id: string) =>
  db.$queryRaw`select from resellers where id = ${id} for no key update`

/** By hours, as a day of SQL depends on the time zone. A date that is there is moved. */
async function setDate(
  db: Transaction,
  id: string,
  { from, days }: { from: Date | null; days: number },
): Promise<Date> {
  const [row] = await db.$queryRaw<{ to: Date }[]>`
    update resellers
    set factors_required_at = coalesce(factors_required_at, clock_timestamp()) + make_interval(hours => ${days * 24}::int),
      factors_date_moved = ${from !== null}
    where id = ${id} returning factors_required_at as "to"`
  if (!row) throw new Error(`There is no reseller ${id}.`)
  return row.to
}

/** The roles that require one, in words; null where none does. */
export const factorRolesInWords = ({ roles, from }: RequiredFactors): Sentence[] | null => {
  const ids = idsOf(roles)
  return from === null || ids.length === 0 ? null : ids.map(roleName)
}
