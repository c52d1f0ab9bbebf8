import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Permission } from '../../src/people/permissions.ts'
import { makeMemberWith } from '../support/cast.ts'
import { inviteRow, invited, pathShown } from '../support/invites.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, flashOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const staffWith = async (...permissions: Permission[]) =>
  purser.as(await makeMemberWith(purser.northwind, permissions))

const actionsFor = async (browser: Visitor, { id }: { id: string }) => {
  const row = (await browser.get('/invites')).html.querySelector(`#invite-${id}`)
  const links = row?.querySelectorAll('a').map((link) => link.getAttribute('href'))
  const forms = row?.querySelectorAll('form').map((form) => form.getAttribute('action'))
  return [...(links ?? []), ...(forms ?? [])].filter((address) => /^\/invites\/.+\//.test(address ?? ''))
}

test('who may edit customers and resend no e-mails invites, regenerates and revokes, and is offered no more', async () => {
  const editor = await staffWith('customers.edit')
  expect((await editor.get('/')).location).toBe('/invites')
  const { row, path } = await invited(editor, purser.northwind, { email: 'first@invited.example' })
  expect(path).toMatch(/^\/join\//)
  const [regeneration, revocation] = [`/invites/${row.id}/regeneration`, `/invites/${row.id}/revocation`]
  expect(await actionsFor(editor, row)).toEqual([regeneration, revocation])

  const regenerated = await editor.submit(await editor.get(regeneration), {}, { action: regeneration })
  expect(flashOf(await editor.follow(regenerated))).toMatch(/Link regenerated/)
  await editor.submit(await editor.get(revocation), {}, { action: revocation })
  expect((await inviteRow(purser.northwind, row)).revokedAt).not.toBeNull()
  expect((await editor.get(`/invites/${row.id}`)).status).toBe(200)
})

test('who may resend e-mails and edit no customers sees invites without their links, and sends them again', async () => {
  const { row } = await invited(owner, purser.northwind, { email: 'second@invited.example' })
  const mailer = await staffWith('mails.resend')
  expect((await mailer.get('/')).location).toBe('/invites')
  expect(await pathShown(mailer, row)).toBe('')
  expect(await actionsFor(mailer, row)).toEqual([`/invites/${row.id}/resend`])
  expect(
    (await mailer.get('/invites')).html.querySelector('form[method="post"][action="/invites"]'),
  ).toBeNull()
})

test('who may do neither is refused, and led to what they may open', async () => {
  const reader = await staffWith('audit.see')
  expect((await reader.get('/invites')).status).toBe(403)
  expect((await reader.get('/')).location).toBe('/audit')
  const nobody = await staffWith()
  expect((await nobody.get('/')).location).toBe('/account')
})
