import { afterAll, beforeAll, expect, test } from 'vitest'
import { PERMISSIONS, permissionSentence } from '../../src/people/permissions.ts'
import { ROLES, ROLE_IDS } from '../../src/people/roles.ts'
import { prepareDatabase } from '../../src/startup/database.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const idOf = (name: 'northwind' | 'eastgate') => purser[name].reseller.id

test('a new permission reaches every existing role that should have it, with the next start, and is in force for who is logged in', async () => {
  const { owner, support } = purser.northwind.staff
  // As the rows are where the version before knew neither of the two.
  await prisma()
    .$executeRaw`update roles set permissions = array_remove(array_remove(permissions, 'ledger.verify'), 'mails.see')`
  const [browser, theirs] = [await purser.as(owner), await purser.as(support)]
  expect((await browser.get('/ledger/verification')).status).toBe(403)
  expect((await theirs.get('/mails')).status).toBe(403)

  await prepareDatabase(purser.database)
  expect((await browser.get('/ledger/verification')).status).toBe(200)
  expect((await theirs.get('/mails')).status).toBe(200)
  for (const row of await prisma().role.findMany()) {
    expect(row.permissions).toEqual(ROLES[row.id as keyof typeof ROLES].permissions)
  }
})

test('one that a role should not have is taken away, and one that only a newer version knows is left', async () => {
  const where = { resellerId_id: { resellerId: idOf('northwind'), id: 'support' } }
  await prisma().role.update({
    where,
    data: { permissions: ['money.post', 'customers.see', 'invoices.send'], entryMax: 500n },
  })
  await prepareDatabase(purser.database)
  const { permissions, entryMax } = await prisma().role.findUniqueOrThrow({ where })
  expect(permissions).toEqual([...ROLES.support.permissions, 'invoices.send'])
  expect(entryMax).toBe(500n)
})

test('a new role is added to every reseller, and one that is not built in stays as it is', async () => {
  const own = { id: 'night-shift', name: 'Night shift', permissions: ['customers.see'] }
  await prisma().role.create({ data: { resellerId: idOf('eastgate'), ...own } })
  await prisma().staff.updateMany({ where: { roleId: 'auditor' }, data: { roleId: 'support' } })
  await prisma().role.deleteMany({ where: { id: 'auditor' } })
  await Promise.all([prepareDatabase(purser.database), prepareDatabase(purser.database)])
  for (const name of ['northwind', 'eastgate'] as const) {
    const rows = await prisma().role.findMany({ where: { resellerId: idOf(name) } })
    const others = name === 'eastgate' ? [own.id] : []
    expect(rows.map(({ id }) => id).sort()).toEqual([...ROLE_IDS, ...others].sort())
  }
  const where = { resellerId_id: { resellerId: idOf('eastgate'), id: own.id } }
  expect(await prisma().role.findUniqueOrThrow({ where })).toMatchObject(own)
})

test('the built-in roles have their permissions', () => {
  const all = PERMISSIONS.toSorted()
  const of = (role: keyof typeof ROLES) => [...ROLES[role].permissions].sort()
  expect(of('owner')).toEqual(all)
  expect(of('admin')).toEqual(all.filter((one) => one !== 'reseller.manage' && one !== 'ledger.verify'))
  expect(of('finance')).toEqual(
    ['customers.see', 'customers.export', 'money.post', 'money.approve', 'money.overdraft'].sort(),
  )
  expect(of('support')).toEqual(
    ['customers.see', 'customers.tag', 'login.readonly', 'mails.see', 'mails.resend'].sort(),
  )
  expect(of('auditor')).toEqual(['customers.see', 'customers.export', 'audit.see', 'ledger.verify'].sort())
})

test('the page of the staff says what each role may do', async () => {
  const words = wordsOf(await (await purser.as(purser.northwind.staff.owner)).get('/staff'))
  for (const { name } of Object.values(ROLES)) expect(words).toContain(`Permissions of ${name.text}`)
  for (const permission of PERMISSIONS) expect(words).toContain(permissionSentence(permission).text)
})
