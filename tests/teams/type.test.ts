import { afterAll, beforeAll, expect, test } from 'vitest'
import { by, done } from '../support/caller.ts'
import { SaveBillingProfile } from '../../src/billing/save-profile.ts'
import type { ProfileFacts } from '../../src/billing/forms.ts'
import { EditCustomer } from '../../src/customers/edit.ts'
import { markVerified } from '../../src/customers/verify.ts'
import { transaction } from '../../src/database/client.ts'
import { customerActor } from '../../src/people/actor.ts'
import { NO_REQUEST } from '../../src/request-facts.ts'
import { teamTypeOf } from '../../src/teams/type.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow } from '../support/rows.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const profile: ProfileFacts = {
  kind: 'individual',
  legalName: 'Known Person',
  companyName: '',
  taxId: '',
  addressLine1: '1 Main Street',
  addressLine2: '',
  city: 'Berlin',
  region: '',
  postalCode: '10115',
  country: 'DE',
  billingEmail: 'bills@customer.example',
}

test.each([
  [null, null, 'default'],
  [null, 'individual', 'default'],
  [null, 'enterprise', 'default'],
  [new Date(), null, 'default'],
  [new Date(), 'individual', 'individual'],
  [new Date(), 'enterprise', 'enterprise'],
] as const)('owner verified %s and profile %s make it %s', (ownerVerifiedAt, profileKind, type) => {
  expect(teamTypeOf({ ownerVerifiedAt, profileKind })).toBe(type)
})

test('verification and profile at the same moment: whoever is last has seen both', async () => {
  const { system, reseller } = purser.northwind
  for (let round = 0; round < 15; round++) {
    const customer = await makeCustomer(purser.northwind, { teamType: 'default' })
    const asCustomer = customerActor(system, reseller, customer, NO_REQUEST)
    await Promise.all([
      transaction(system, (db) =>
        markVerified(db, asCustomer, { customerId: customer.id, email: customer.email }),
      ),
      SaveBillingProfile.run(by(system), customer, { version: undefined, profile }),
    ])
    expect((await customerRow(purser.northwind, customer)).team.type).toBe('individual')
  }
})

test('verification and a changed address at the same moment: the type is what the rows say', async () => {
  const { system, reseller } = purser.northwind
  for (let round = 0; round < 15; round++) {
    const customer = await makeCustomer(purser.northwind, { teamType: 'default' })
    await SaveBillingProfile.run(by(system), customer, { version: undefined, profile })
    const asCustomer = customerActor(system, reseller, customer, NO_REQUEST)
    const { name, version } = customer
    await Promise.all([
      transaction(system, (db) =>
        markVerified(db, asCustomer, { customerId: customer.id, email: customer.email }),
      ),
      done(
        EditCustomer,
        by(system),
        { id: customer.id },
        { name, version: String(version), email: `at-once-${customer.email}` },
      ),
    ])
    const row = await customerRow(purser.northwind, customer)
    expect(row.emailVerifiedAt).toBeNull()
    expect(row.team.type).toBe('default')
  }
})

test('an address that is no longer the customer’s verifies nothing', async () => {
  const { system, reseller } = purser.northwind
  const customer = await makeCustomer(purser.northwind, { teamType: 'default' })
  const asCustomer = customerActor(system, reseller, customer, NO_REQUEST)
  const mark = (email: string) =>
    transaction(system, (db) => markVerified(db, asCustomer, { customerId: customer.id, email }))
  expect(await mark('former@customer.example')).toBe(false)
  expect((await customerRow(purser.northwind, customer)).emailVerifiedAt).toBeNull()
  expect(await mark(customer.email)).toBe(true)
  expect(await mark(customer.email)).toBe(true)
})
