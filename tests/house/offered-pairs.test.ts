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

const PAIRS = PERMISSIONS.flatMap((one, at) =>
  PERMISSIONS.slice(at + 1).map((other) => [one, other] as const),
)

test.each(PAIRS)(
  'a role with the permissions %s and %s is offered nothing that is refused',
  async (...pair) => {
    expect(await offeredInVain(pair)).toEqual([])
  },
)
