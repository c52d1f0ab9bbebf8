import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { action } from '../../src/actions/action.ts'
import { bound } from '../../src/actions/form.ts'
import { requestRefused } from '../../src/people/events.ts'
import { ProofNeeded } from '../../src/words/refusal.ts'
import { ROLES, ROLE_IDS, type RoleId } from '../../src/people/roles.ts'
import { by } from '../support/caller.ts'
import { PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { limitRole } from '../support/ledger.ts'
import { followed, isInConsole, seen, toConsoleLogin, toLogin, tokenKept } from '../support/doors.ts'
import { ageProofs, askedForProof, freshProofs } from '../support/proof.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { changedSince, tableDigests } from '../support/rows.ts'
import { type Filled, TYPED, filledForm, formTo } from '../support/typed.ts'
import { type Answer, type Visitor, errorAt, filledIn, flashOf, refusalOf } from '../support/visit.ts'

let purser: RunningPurser
const staff = new Map<RoleId, Visitor>()
beforeAll(async () => {
  // The form that asks for a link by mail is there where mail leaves.
  purser = await startPurser({
    atLocalhost: true,
    env: { SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'purser@reseller.example' },
  })
  for (const role of ROLE_IDS) staff.set(role, await purser.as(purser.northwind.staff[role]))
})
afterAll(() => purser.stop())

const posts = bound.filter(({ method }) => method === 'POST')
type Bound = (typeof posts)[number]
const ofStaff = posts.filter(({ of }) => typeof of.may !== 'string')
const ofPeople = posts.filter(({ of }) => of.may !== 'link')

/** Who sends a form: `id` of whoever is logged in, `customer` in the console alone. */
interface Sender {
  browser: Visitor
  kind: 'staff' | 'customer'
  id?: string
  customer?: string
}

/** The owner; somebody new for what is people's own; a visitor who has the link. */
async function senderOf({ at, of }: Bound): Promise<Sender> {
  if (of.may === 'link') return { browser: purser.visitor(), kind: 'customer' }
  if (isInConsole({ path: at })) {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    return {
      browser: await purser.asCustomer(customer),
      kind: 'customer',
      id: customer.id,
      customer: customer.id,
    }
  }
  if (typeof of.may !== 'string')
    return { browser: staff.get('owner') as Visitor, kind: 'staff', id: purser.northwind.staff.owner.id }
  const member = await makeMember(purser.northwind, 'support')
  return { browser: await purser.as(member), kind: 'staff', id: member.id }
}

/** What people are asked for their password again before, written by hand. */
const ASKS_FOR_PROOF = [
  '/account/factors',
  '/account/factors/:id/name',
  '/account/factors/:id/removal',
  '/account/factors/passkeys',
  '/account/factors/recovery-codes',
  '/approvals/:id/approval',
  '/approvals/limits/:id/approval',
  '/console/security/factors',
  '/console/security/factors/:id/name',
  '/console/security/factors/:id/removal',
  '/console/security/factors/passkeys',
  '/console/security/factors/recovery-codes',
  '/customers',
  '/customers/:id',
  '/customers/:id/charges',
  '/customers/:id/credits',
  '/customers/:id/deductions',
  '/customers/:id/factor-reset',
  '/customers/:id/login-as',
  '/customers/:id/overdraft',
  '/customers/:id/password-link',
  '/customers/:id/password-reset',
  '/customers/:id/password-reset/candidate',
  '/customers/:id/postings/:postingId/reversal',
  '/customers/:id/refills',
  '/invites',
  '/settings',
  '/settings/customer-factors',
  '/settings/factors',
  '/settings/factors/date',
  '/staff',
  '/staff/:id/factor-reset',
  '/staff/:id/link',
  '/staff/:id/reinstatement',
  '/staff/:id/role',
  '/staff/:id/suspension',
  '/staff/limits',
]

interface Ready extends Filled {
  sender: Sender
}
const ready = new Map<string, Promise<Ready>>()

/** The form of an action as its sender has filled it in, and has not sent it yet: the same for all who ask. */
function readyFor(one: Bound): Promise<Ready> {
  const known = ready.get(one.at) ?? makeReady(one)
  ready.set(one.at, known)
  return known
}

async function makeReady(one: Bound): Promise<Ready> {
  const sender = await senderOf(one)
  const own = typeof one.of.may === 'string' ? sender.id : undefined
  return { sender, ...(await filledForm(purser, purser.northwind, sender.browser, one.at, own)) }
}

/** The events that came while `act` went on, of whatever reseller. Those from before, which are many by and by, are not read again. */
async function eventsOf(act: () => Promise<unknown>) {
  const { pool, prisma } = purser.owner
  const ids = async () =>
    (await pool.query<{ id: string }>('select id::text from audit_rows')).rows.map(({ id }) => id)
  const before = new Set(await ids())
  await act()
  const came = (await ids()).filter((id) => !before.has(id))
  return prisma.auditRow.findMany({ where: { id: { in: came } }, orderBy: { id: 'asc' } })
}

/** The tables that `act` changed, beside who was seen and what was tried. */
async function changedBy(act: () => Promise<unknown>): Promise<string[]> {
  const before = await tableDigests(purser)
  await act()
  return (await changedSince(before, purser)).filter(
    (table) => !/^(refused_requests|sessions|audit_rows|throttles)$/.test(table),
  )
}

/** Sends the same form by another browser, with a token of its own. */
async function sendBy(browser: Visitor, { at }: Bound, { address, fields }: Filled): Promise<Answer> {
  const csrf = await tokenKept(browser, isInConsole({ path: at }) ? 'console' : 'portal')
  return browser.post(address, { ...fields, csrf })
}

/** What went otherwise than expected when the forms of these actions were sent, a line each; nothing may change by it. */
async function refusedAll(
  among: readonly Bound[],
  look: (one: Bound, form: Ready) => Promise<string | null>,
) {
  for (const one of among) await readyFor(one)
  const wrong: string[] = []
  const changed = await changedBy(async () => {
    for (const one of among) {
      const found = await look(one, await readyFor(one))
      if (found) wrong.push(`${one.at}: ${found}`)
    }
  })
  return [...wrong, ...changed.map((table) => `${table} changed`)]
}

test.each(posts)('a GET of $at leads to the form that is sent there', async (one) => {
  await expect(readyFor(one)).resolves.toBeDefined()
})

describe('a form that is good, sent by somebody else, changes nothing:', () => {
  test('another reseller, another customer and another person find nothing', async () => {
    const named = ofPeople.filter(({ at }) => at.includes(':'))
    const owner = await purser.as(purser.eastgate.staff.owner)
    const other = await makeCustomer(purser.northwind, { password: PASSWORD })
    const customer = await purser.asCustomer(other)
    const wrong: string[] = []
    const events = await eventsOf(async () => {
      wrong.push(
        ...(await refusedAll(named, async (one, form) => {
          const browser = isInConsole({ path: one.at }) ? customer : owner
          const page = await followed(browser, await browser.get(form.address))
          if (formTo(page, form.address)) return 'GET leads to its form'
          const answer = await sendBy(browser, one, form)
          // A session that is not one's own is told like one that has ended.
          return answer.status === (/\/sessions\/:id\/end$/.test(one.at) ? 303 : 404) ? null : seen(answer)
        })),
      )
    })
    expect(wrong).toEqual([])
    expect(events).toEqual([])
  })

  test('a visitor is asked to log in', async () => {
    const visitor = purser.visitor()
    const events = await eventsOf(async () => {
      const wrong = await refusedAll(ofPeople, async (one, form) => {
        const answer = await sendBy(visitor, one, form)
        return (isInConsole({ path: one.at }) ? toConsoleLogin : toLogin)(answer) ? null : seen(answer)
      })
      expect(wrong).toEqual([])
    })
    expect(events).toEqual([])
  })

  const LESSER = ROLE_IDS.filter((role) => role !== 'owner')
  test.each(LESSER)('the role %s, where it has none of the permissions; it is recorded', async (role) => {
    const has = ROLES[role].permissions as readonly string[]
    const without = ofStaff.filter(
      ({ of }) => typeof of.may !== 'string' && !of.may.some((one) => has.includes(one)),
    )
    const expected: unknown[] = []
    const events = await eventsOf(async () => {
      const wrong = await refusedAll(without, async (one, form) => {
        const answer = await sendBy(staff.get(role) as Visitor, one, form)
        const details = { method: 'POST', path: form.address, permission: one.of.may[0] }
        const { id: actorId } = purser.northwind.staff[role]
        expected.push({ event: requestRefused.name, actorId, details })
        return answer.status === 403 ? null : seen(answer)
      })
      expect(wrong).toEqual([])
    })
    expect(events.map(({ event, actorId, details }) => ({ event, actorId, details }))).toEqual(expected)
  })

  test.each(ofStaff)('$at asks for its permission without HTTP too', async ({ of }) => {
    const nobody = by({ ...purser.northwind.system, permissions: new Set() }, purser.services)
    await expect(of.run(nobody, {} as never, {} as never)).rejects.toMatchObject({ status: 403 })
  })
})

describe('what asks for a proof of who it is', () => {
  // Of money, what is above one's own threshold.
  beforeAll(() => limitRole(purser.northwind, 'owner', { approvalAbove: 0n }))
  afterAll(() => limitRole(purser.northwind, 'owner', {}))

  const asking = ofPeople.filter(({ of }) => of.proof !== undefined)

  test('is all of what should', () => {
    expect(asking.map(({ at }) => at).sort()).toEqual(ASKS_FOR_PROOF)
  })

  test.each(asking)(
    '$at asks where the last one is too old; then the form comes back as typed, and nothing is done by itself',
    async (one) => {
      const { sender, address, fields } = await readyFor(one)
      const { browser, id = '' } = sender
      const sent = { ...fields, ...TYPED[one.at]?.atProof }
      let back: Answer | undefined
      let changed: string[] = []
      const events = await eventsOf(async () => {
        changed = await changedBy(async () => {
          await ageProofs(purser, { id })
          const asked = await browser.post(address, sent)
          expect(askedForProof(asked)).toBe(true)
          const wrong = await browser.submit(asked, { password: 'not the password' }, { action: '/proof' })
          expect(errorAt(wrong, 'password')).toBe('This is not your current password.')
          back = await browser.submit(wrong, { password: PASSWORD }, { action: '/proof' })
        })
      })
      expect([changed, events.map(({ event }) => event)]).toEqual([
        [],
        [`${sender.kind}.proof_failed`, `${sender.kind}.proved`],
      ])
      const page = await followed(browser, back as Answer)
      const form = formTo(page, address)
      const says = back?.status === 303 ? flashOf(page) : refusalOf(page)
      expect(says).toMatch(/^You have confirmed that it is you\. Nothing has been submitted yet/)
      if (!form) return expect(Object.keys(fields)).toEqual(['csrf'])
      // A code is over by then.
      const kept = Object.entries(sent).filter(([name]) => name !== 'csrf' && name !== 'code')
      const again = filledIn(form)
      expect(Object.fromEntries(kept.map(([name]) => [name, again[name]]))).toEqual(Object.fromEntries(kept))
    },
  )

  test.each(asking.filter(({ of }) => of.proof === true))(
    '$at asks for it without a page too',
    async ({ of }) => {
      const actor = { ...purser.northwind.system, lacksProof: true }
      const run = of.run(by(actor, purser.services), {} as never, {} as never)
      await expect(run).rejects.toBeInstanceOf(ProofNeeded)
    },
  )

  test('is not asked of staff in a customer’s console, who are led back to the portal', async () => {
    const { id } = await makeCustomer(purser.northwind)
    const declared = { may: 'customer', proof: true, leaves: [], input: z.object({}) } as const
    const Something = action({ ...declared, on: async () => null, run: async () => 'done' })
    const run = (lacksProof: boolean, standsInFor: string | null) => {
      const who = standsInFor === null ? ({ kind: 'customer', id } as const) : { standsInFor }
      const actor = { ...purser.northwind.system, ...who, lacksProof }
      return Something.run(by(actor, purser.services), null, {})
    }
    await expect(run(true, null)).rejects.toBeInstanceOf(ProofNeeded)
    const refused: unknown = await run(true, id).catch((error: unknown) => error)
    expect(refused).toMatchObject({ status: 403, sentence: expect.anything() })
    expect(refused).not.toBeInstanceOf(ProofNeeded)
    expect([await run(false, null), await run(false, id)]).toEqual(['done', 'done'])
  })
})

/** What the answer says to whoever sends a form again that was done. */
const SAID_AGAIN = /already|no (changes|other|second)|rejected/i

test.each(posts)('$at is done once, however often it is pressed, and says by whom', async (one) => {
  const { atLast, repeats, shows, ends, sameWords, inTheirName } = TYPED[one.at] ?? {}
  const good = shows ? 200 : 303
  const { address, fields: filled, sender } = await readyFor(one)
  const fields = { ...filled, ...atLast?.(filled) }
  const press = () => sender.browser.post(address, fields)
  // What asks for no proof, or none of what is typed here, does not care how old the last one is.
  const isAsked = one.of.proof === true
  if (!isAsked && sender.id) await ageProofs(purser, { id: sender.id })
  if (isAsked) await freshProofs(purser)
  const answers: Answer[] = []
  const events = await eventsOf(async () => answers.push(...(await Promise.all([press(), press()]))))
  const names = one.of.leaves.map(({ name }) => name)
  expect(events.map(({ event }) => event).filter((name) => !names.includes(name))).toEqual([])
  const left = new Set(events.map(({ event }) => event))
  expect(left.size > 0).toBe(names.length > 0)
  expect(events).toHaveLength(left.size * (repeats ? 2 : 1))
  const customerId = sender.customer ?? /^\/customers\/([^/]+)/.exec(address)?.[1]
  const about = { resellerId: purser.northwind.reseller.id, ...(customerId && { customerId }) }
  const actor = { actorKind: sender.kind, ...(sender.id && { actorId: sender.id }) }
  for (const event of events) {
    const isTheirs = inTheirName?.events.includes(event.event)
    expect(event).toMatchObject({ ...about, ...(!isTheirs && actor) })
  }

  if (!repeats) {
    let again = answers[0] as Answer
    let changed: string[] = []
    const late = await eventsOf(async () => (changed = await changedBy(async () => (again = await press()))))
    expect([changed, late.map(({ event }) => event)]).toEqual([[], []])
    const says = again.status === 303 ? flashOf(await followed(sender.browser, again)) : refusalOf(again)
    if ([303, 409].includes(again.status) && !sameWords) expect(says).toMatch(SAID_AGAIN)
    answers.push(again)
  }
  const statuses = answers.map(({ status }) => status)
  expect(statuses).toContain(good)
  // What is shown once is not shown again, but the way on is.
  expect([good, ...(shows ? [303] : []), 409, 422, ...(ends ? [403, 404, 410] : [])]).toEqual(
    expect.arrayContaining(statuses),
  )
  // What has a key is answered as before.
  if ('idempotencyKey' in fields) {
    expect(answers.map(({ location }) => location)).toEqual(answers.map(() => answers[0]?.location))
    expect(statuses).toEqual(answers.map(() => good))
  }
})
