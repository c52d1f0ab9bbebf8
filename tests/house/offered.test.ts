import { afterAll, beforeAll, expect, test } from 'vitest'
import { PERMISSIONS, type Permission } from '../../src/people/permissions.ts'
import { sweepOfOffers } from '../support/offered.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let offeredInVain: (permissions: readonly Permission[]) => Promise<string[]>
beforeAll(async () => {
  purser = await startPurser()
  offeredInVain = await sweepOfOffers(purser, purser.northwind)
})
afterAll(() => purser.stop())

const ALONE: Permission[][] = [[], ...PERMISSIONS.map((one) => [one])]

test.each(ALONE.map((permissions) => [permissions.join() || 'none', permissions] as const))(
  'a role with one permission, %s, is offered nothing that is refused',
  async (_name, permissions) => {
    expect(await offeredInVain(permissions)).toEqual([])
  },
)
