import type { Invite } from '../../src/generated/prisma/client.ts'
import type { House } from './cast.ts'
import { type Answer, type Visitor } from './visit.ts'

/** Makes an invite through the page's own form; a single one unless `fields` say otherwise. */
export async function invite(browser: Visitor, fields: Record<string, string> = {}): Promise<Answer> {
  return browser.submit(await browser.get('/invites'), { kind: 'single', ...fields }, { action: '/invites' })
}

/** Makes an invite and gives its row and its link's path, as the page shows it. */
export async function invited(
  browser: Visitor,
  house: House,
  fields: Record<string, string> = {},
): Promise<{ row: Invite; path: string }> {
  const answer = await invite(browser, fields)
  if (answer.status !== 303) throw new Error(`The invite was not made: ${answer.status}.`)
  const id = answer.location?.split('#invite-')[1] ?? ''
  return { row: await inviteRow(house, { id }), path: await pathShown(browser, { id }) }
}

/** The path of an invite's link as the list shows it, '' where it shows none. */
export async function pathShown(browser: Visitor, { id }: { id: string }): Promise<string> {
  const page = await browser.get('/invites')
  const address = page.html.querySelector(`#link-${id}`)?.textContent.trim() ?? ''
  return address && new URL(address).pathname
}

/** The path of the reseller's own link as the list of customers has it to copy, '' where there is none. */
export async function ownPath(browser: Visitor): Promise<string> {
  const page = await browser.get('/customers')
  const address = page.html.querySelector('#invite-link')?.textContent.trim() ?? ''
  return address && new URL(address).pathname
}

export function inviteRow({ system, reseller }: House, { id }: { id: string }): Promise<Invite> {
  return system.database.prisma.invite.findUniqueOrThrow({
    where: { resellerId_id: { resellerId: reseller.id, id } },
  })
}

/** The audit rows of one event about an invite, oldest first. */
export async function inviteEvents({ system, reseller }: House, { id }: { id: string }, event: string) {
  const rows = await system.database.prisma.auditRow.findMany({
    where: { resellerId: reseller.id, event },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
  })
  return rows.filter(({ details }) => (details as { invite?: string }).invite === id)
}

/** What somebody types who registers; another address each time. */
export function newcomer(fields: Record<string, string> = {}) {
  counted += 1
  return {
    email: `new-${counted}@customer.example`,
    password: 'zebra lamp river moon',
    name: 'New Person',
    ...fields,
  }
}
let counted = 0

/** Registers through a link by the page's own form. */
export async function join(browser: Visitor, path: string, fields = newcomer()): Promise<Answer> {
  const { email, ...rest } = fields
  const form = await browser.get(path)
  return browser.submit(form, { ...(email && { email }), ...rest })
}
