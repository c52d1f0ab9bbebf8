import { randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { paths } from '../../src/paths.ts'
import { inviteToken } from '../../src/invites/token.ts'
import { linkToken } from '../../src/people/one-time-link.ts'
import { cookieName } from '../../src/web/cookies.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { statementTexts } from '../support/statements.ts'
import { type Answer, tokenOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const made = () => randomBytes(32).toString('base64url')

/** What an address with something made up in it costs the database; the page's own statements, as for anybody, are left out. */
async function costs(address: string, cookies: Record<string, string> = {}): Promise<string[]> {
  const ask = async (jar: Record<string, string>) => {
    const visitor = purser.visitor()
    for (const [name, value] of Object.entries(jar)) {
      visitor.cookies.set(cookieName(purser.services.config, name), encodeURIComponent(value))
    }
    return statementTexts(() => visitor.get(address))
  }
  const usual = Object.keys(cookies).length > 0 ? await ask({}) : []
  return (await ask(cookies)).slice(usual.length)
}

describe('what arrives unsigned costs no look at the database', () => {
  test.each([
    ['a session of the portal', '/login', 'portal'],
    ['a session of the console', '/console/login', 'console'],
    ['a browser known to an account', '/console/login', 'console-device'],
    ['an account just registered', '/console/login', 'console-account'],
  ])('%s', async (_what, address, name) => {
    for (const value of [`s:${made()}.${made()}`, made()]) {
      expect(await costs(address, { [name]: value })).toEqual([])
    }
  })

  test('the choice between resellers', async () => {
    const { id } = purser.northwind.reseller
    const value = `${Date.now() + 60_000}.${id}:0000000001,${id}:0000000002.${made()}`
    for (const cookie of [`${value}.${made()}`, value, `s:${value}.${made()}`]) {
      expect(await costs('/console/login/choice', { 'console-choice': cookie })).toEqual([])
    }
  })

  test.each(['join', 'setPassword', 'verify'] as const)('a link of %s', async (kind) => {
    const { keys } = purser.services
    const facts = { resellerId: purser.northwind.reseller.id, id: uuidv7() }
    const token =
      kind === 'join'
        ? inviteToken(keys, { ...facts, generation: 3 })
        : linkToken(keys, { ...facts, purpose: kind === 'verify' ? 'verify_email' : 'set_password' })
    // Signed, it is looked for.
    expect((await costs(paths[kind](token))).length).toBeGreaterThan(0)
    const flipped = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
    for (const wrong of [flipped, token.replace(facts.id, uuidv7()), token.replace(/\.[^.]+$/, '.x'), 'x']) {
      expect(await costs(paths[kind](wrong)), wrong).toEqual([])
    }
  })

  test('a code that leads into a console, in a browser without a session of the portal', async () => {
    const code = `${purser.northwind.reseller.id}.${made()}`
    expect(await costs(paths.consoleEnter(code))).toEqual([])
  })
})

describe('an id that cannot be one costs whoever is logged in no look at the database', () => {
  /** What it costs beside what any address costs where there is nothing: the session, who it is, and what the frame says. */
  const beside = async (ask: (address: string) => Promise<Answer>, address: string) => {
    const usual = await statementTexts(() => ask('/none'))
    let status = 0
    const said = await statementTexts(async () => ({ status } = await ask(address)))
    for (const text of usual) if (said.includes(text)) said.splice(said.indexOf(text), 1)
    return [address, status, said]
  }

  const OF_A_CUSTOMER = [
    ...['', '/edit', '/balance', '/credits', '/overdraft', '/alerts', '/ledger', '/tags', '/team', '/grants'],
    ...['/billing', '/billing/profile', '/billing/statement.csv', '/billing/statement.pdf'],
  ]

  test.each(['x', '%00', 'a%20b', '0190-1', '11111111-1111-1111-1111-11111111111Z', "1'or'1"])(
    '%s',
    async (id) => {
      const owner = await purser.as(purser.northwind.staff.owner)
      const csrf = await tokenOf(owner)
      for (const address of [
        ...OF_A_CUSTOMER.map((rest) => `/customers/${id}${rest}`),
        ...[`/invites/${id}`, `/mails/${id}`, `/tags/${id}/edit`, `/approvals/${id}`, `/login-as/${id}`],
        `/login-as/${id}/events.csv`,
      ]) {
        expect(await beside((at) => owner.get(at), address)).toEqual([address, 404, []])
      }
      for (const address of [
        ...['role', 'suspension', 'reinstatement'].map((action) => `/staff/${id}/${action}`),
        ...['regeneration', 'revocation', 'resend'].map((action) => `/invites/${id}/${action}`),
        ...['refills', 'deductions', 'charges', 'suspension'].map((action) => `/customers/${id}/${action}`),
        ...[`/mails/${id}/resend`, `/approvals/${id}/approval`, `/tags/${id}`, `/login-as/${id}/end`],
      ]) {
        expect(await beside((at) => owner.post(at, { csrf }), address)).toEqual([address, 404, []])
      }
    },
  )
})

test('an invite that was regenerated a thousand times still leads in, and its former links are known as such', async () => {
  const { keys, database } = purser.services
  const { id: resellerId } = purser.northwind.reseller
  const invite = await database.prisma.invite.findFirstOrThrow({ where: { resellerId, kind: 'reusable' } })
  await database.prisma.invite.updateMany({
    where: { resellerId, id: invite.id },
    data: { generation: 1_000 },
  })
  const status = async (generation: number) =>
    (await purser.visitor().get(paths.join(inviteToken(keys, { ...invite, generation })))).status
  expect([await status(1_000), await status(999), await status(2), await status(1_001)]).toEqual([
    200, 410, 410, 404,
  ])
})
