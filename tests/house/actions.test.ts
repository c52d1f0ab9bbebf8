import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bound } from '../../src/actions/form.ts'
import { requestRefused } from '../../src/people/events.ts'
import { ROLES, ROLE_IDS, type RoleId } from '../../src/people/roles.ts'
import { by } from '../support/caller.ts'
import type { House } from '../support/cast.ts'
import { isInConsole } from '../support/doors.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { changedSince, tableDigests } from '../support/rows.ts'
import { TYPED, filledForm } from '../support/typed.ts'
import { type Visitor, tokenOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
const others = new Map<RoleId, Visitor>()
let stranger: Visitor
beforeAll(async () => {
  purser = await startPurser()
  for (const role of ROLE_IDS) others.set(role, await purser.as(purser.northwind.staff[role]))
  owner = others.get('owner') as Visitor
  stranger = await purser.as(purser.eastgate.staff.owner)
})
afterAll(() => purser.stop())

const ofStaff = bound.filter(
  ({ method, at, of }) => method === 'POST' && !isInConsole({ path: at }) && typeof of.may !== 'string',
)

/** The events of this house that came while `act` went on, by name. */
async function eventsOf({ reseller, system }: House, act: () => Promise<unknown>): Promise<string[]> {
  const all = () => system.database.prisma.auditRow.findMany({ where: { resellerId: reseller.id } })
  const before = new Set((await all()).map(({ id }) => id))
  await act()
  return (await all()).filter(({ id }) => !before.has(id)).map(({ event }) => event)
}

/** The tables that `act` changed, beside the log of what was refused. */
async function changedBy(act: () => Promise<unknown>): Promise<string[]> {
  const before = await tableDigests(purser)
  await act()
  return (await changedSince(before, purser)).filter(
    (table) => !/^(refused_requests|sessions|audit_rows)$/.test(table),
  )
}

describe.each(ofStaff)('$at', ({ at, of }) => {
  const { repeats, shows, ends } = TYPED[at] ?? {}
  const good = shows ? 200 : 303

  test('is done once, however often it is pressed, and leaves an event', async () => {
    const { address, fields } = await filledForm(purser, purser.northwind, owner, at)
    const statuses: number[] = []
    const events = await eventsOf(purser.northwind, async () => {
      const answers = await Promise.all([1, 2].map(() => owner.post(address, fields)))
      statuses.push(...answers.map(({ status }) => status))
    })
    expect(statuses).toContain(good)
    expect([good, 409, 422, ...(ends ? [404] : [])]).toEqual(expect.arrayContaining(statuses))
    const names = of.leaves.map(({ name }) => name)
    const left = events.filter((name) => names.includes(name))
    expect(left.length > 0).toBe(names.length > 0)
    expect(left).toHaveLength(new Set(left).size * (repeats ? 2 : 1))
  })

  test('is not there for another reseller, and not allowed to a role without its permission', async () => {
    const { address, fields } = await filledForm(purser, purser.northwind, owner, at)
    const without = ROLE_IDS.filter(
      (role) =>
        typeof of.may !== 'string' &&
        !of.may.some((one) => (ROLES[role].permissions as readonly string[]).includes(one)),
    )
    const send = async (browser: Visitor | undefined) => {
      const csrf = browser && (await tokenOf(browser))
      return (await browser?.post(address, { ...fields, csrf: csrf ?? '' }))?.status
    }
    const events = await eventsOf(purser.northwind, async () => {
      const changed = await changedBy(async () => {
        if (address !== at) expect(await send(stranger)).toBe(404)
        for (const role of without) expect(await send(others.get(role)), role).toBe(403)
      })
      expect(changed).toEqual([])
    })
    expect(events.filter((name) => name !== requestRefused.name)).toEqual([])
  })

  test('asks for its permission without HTTP too', async () => {
    if (typeof of.may === 'string') return
    const nobody = by({ ...purser.northwind.system, permissions: new Set() }, purser.services)
    await expect(of.run(nobody, {} as never, {} as never)).rejects.toMatchObject({ status: 403 })
  })
})
