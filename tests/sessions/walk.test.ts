import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { codeHash } from '../../src/login-as/login-as.ts'
import { sessionDigest } from '../../src/people/session-store.ts'
import { PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { letPass } from '../support/clock.ts'
import { seededRandom } from '../support/crowd.ts'
import { invited } from '../support/invites.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import type { Visitor } from '../support/visit.ts'
import { Actions, type Step } from '../support/walk/actions.ts'
import { Model } from '../support/walk/model.ts'
import { Steps } from '../support/walk/steps.ts'

// Several people at once log in, out, in as customers, change, reset, register and turn each other OFF, as a seed draws it. Beside them
// a small model says who must be in and who must not; every browser and the tables are held against it all the time. A walk that
// failed says its seed: WALK_SEED=… npm test -- tests/sessions/walk.test.ts goes the same way again, as far as what happens at the same
// moment happens in the same order. WALK_STEPS makes it longer.

vi.setConfig({ testTimeout: 20 * 60_000 })

const SEED = Number(process.env.WALK_SEED ?? Math.floor(Math.random() * 1_000_000))
const STEPS = Number(process.env.WALK_STEPS ?? 500)

let purser: RunningPurser
let desk: Visitor
let outsider: Visitor
let invite: string
beforeAll(async () => {
  purser = await startPurser()
  await purser.owner.prisma.reseller.update({
    where: { id: purser.northwind.reseller.id },
    data: { customerFactors: 'offered' },
  })
  desk = await purser.as(purser.northwind.staff.owner)
  outsider = await purser.as(purser.eastgate.staff.owner)
  invite = (await invited(desk, purser.northwind, { kind: 'reusable' })).path
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma

async function people(): Promise<Model> {
  const model = new Model()
  for (const role of ['admin', 'support'] as const) {
    const facts = await makeMember(purser.northwind, role)
    model.employees.push({ ...facts, kind: 'staff', password: PASSWORD, isOn: true, role, secret: null })
  }
  for (let time = 0; time < 3; time++) {
    const { id, email } = await makeCustomer(purser.northwind, { password: PASSWORD })
    const facts = { kind: 'customer', id, email, password: PASSWORD } as const
    model.clients.push({ ...facts, isOn: true, isComplete: true, links: [], secret: null })
  }
  for (const name of ['one', 'two', 'three', 'four', 'five', 'six']) {
    model.tabs.push({ name: `tab ${name}`, visitor: purser.visitor(), portal: null, console: null })
  }
  return model
}

/** Fails with what is there and should not be, and what should be and is not. */
function expectSame(what: string, { seen, believed }: { seen: string[]; believed: string[] }) {
  const over = seen.filter((one) => !believed.includes(one))
  const missing = believed.filter((one) => !seen.includes(one))
  if (over.length + missing.length === 0 && seen.length === believed.length) return
  throw new Error(
    `${what}: should not be: ${over.join('; ') || 'nothing'}; should be: ${missing.join('; ') || 'nothing'}`,
  )
}

/** Whoever is in is in where both places of each browser answer so, and nowhere else. */
async function expectBrowsers(model: Model) {
  const seen = await Promise.all(
    model.tabs.map(async ({ name, visitor }) => {
      const pages = { portal: '/account/password', console: '/console/password' }
      const answers = await Promise.all(
        Object.entries(pages).map(
          async ([place, path]) => [place, (await visitor.get(path)).status] as const,
        ),
      )
      return answers.flatMap(([place, status]) => (status === 200 ? [`${place} in ${name}`] : []))
    }),
  )
  const believed = model.tabs.flatMap(({ name, ...places }) =>
    (['portal', 'console'] as const).flatMap((place) =>
      model.alive(places[place]) ? [`${place} in ${name}`] : [],
    ),
  )
  expectSame('browsers', { seen: seen.flat(), believed })
}

/** No row is alive that the model does not know, and none is missing. */
async function expectRows(model: Model) {
  const known = [desk, outsider].map((visitor) => sessionDigest(visitor.sessionId('portal')))
  const sessions = await prisma().session.findMany({ where: { endedAt: null, id: { notIn: known } } })
  const nameOf = (digest: string) => {
    const held = model.sessions.find((one) => one.digest === digest)
    return `${held?.loginAs ? 'a login-as session with ' : ''}${held?.person.email ?? 'somebody'} (${digest.slice(0, 8)})`
  }
  expectSame('sessions', {
    seen: sessions.map(({ id }) => nameOf(id)),
    believed: model.sessions.flatMap(({ digest, isAlive }) => (isAlive ? [nameOf(digest)] : [])),
  })
  const loginAsSessions = await prisma().loginAs.findMany({ where: { endedAt: null } })
  const words = (hash: string, isEntered: boolean) =>
    `${isEntered ? 'entered' : 'asked for'} by the code ${hash.slice(0, 8)}`
  expectSame('login-as sessions', {
    seen: loginAsSessions.map(({ codeHash, enteredAt }) => words(codeHash, enteredAt !== null)),
    believed: model.loginAsSessions.flatMap(({ isOpen, isEntered, entrance }) =>
      isOpen ? [words(codeHash(entrance.split('/').at(-1) ?? ''), isEntered)] : [],
    ),
  })
}

/** A draw that happens to log few people in, or few in as customers, walks on until it has been in enough places to mean something. */
function hasBeenAround({ sessions }: Model) {
  const ofLoginAs = sessions.filter(({ loginAs }) => loginAs !== null)
  return sessions.length > STEPS / 6 && ofLoginAs.length > STEPS / 30
}

/** What time does to a walk on a slow machine is not its subject: no code runs out, nobody is throttled. */
async function holdTime() {
  await prisma().throttle.deleteMany()
  const now = performance.now()
  await letPass(purser.database, (heldAt - now) / 60_000)
  heldAt = now
}

let heldAt = performance.now()

test(`a walk of at least ${STEPS} steps leaves nobody in who should be out, and nobody out who should be in`, async () => {
  const model = await people()
  const random = seededRandom(SEED)
  const actions = new Actions(purser, model, desk)
  const steps = new Steps({ actions, model, random }, { outsider, invite })
  const trail: string[] = []
  const go = async (step: Step) => {
    trail.push(step.name)
    await step.run()
  }
  try {
    for (let time = 1; trail.length < STEPS || (!hasBeenAround(model) && trail.length < 5 * STEPS); time++) {
      await holdTime()
      const outcomes = await Promise.allSettled(steps.draw(1 + Math.floor(random() * 4)).map(go))
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
      await expectRows(model)
      if (time % 2 === 0) await expectBrowsers(model)
    }
    await expectBrowsers(model)
    expect(hasBeenAround(model)).toBe(true)
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    throw new Error(
      `The walk with WALK_SEED=${SEED} failed at step ${trail.length}: ${words}\n${trail.slice(-12).join('\n')}`,
      { cause: error },
    )
  }
})
