import type { LoginAsMode } from '../../../src/generated/prisma/client.ts'
import { linkToken, makeLink } from '../../../src/people/one-time-link.ts'
import type { RoleId } from '../../../src/people/roles.ts'
import { sessionDigest } from '../../../src/people/session-store.ts'
import { SITES, codeOf, forgetSteps, secretOn } from '../factors.ts'
import { join, newcomer } from '../invites.ts'
import type { RunningPurser } from '../purser.ts'
import { type Answer, valueOf, type Visitor, wordsOf } from '../visit.ts'
import type { Client, Employee, Model, Person, Tab } from './model.ts'
import { endOverdueLoginAs, sweepSessions } from '../rounds.ts'

/** What the walk expected and Purser did otherwise. */
class Otherwise extends Error {
  override name = 'Otherwise'
}

/**
 * What people do, each through the pages' own forms. An action says whether it was done, fails where that is not what the model says, and
 * gives what follows for the model, to be believed when it is done: actions that run side by side must not see half of each other.
 */
export interface Done {
  isDone: boolean
  believe: () => void
}

/** Something that somebody does next. `reach`: whom and what it may concern, so that what runs beside it is of others. */
export interface Step {
  name: string
  reach: unknown[]
  run(): Promise<void>
}

interface Told {
  /** What the model says; null: either may happen, because something else happens at the same moment. */
  expected: boolean | null
  believe: () => void
}

function settle(answer: Answer, isDone: boolean, { expected, believe }: Told): Done {
  if (expected !== null && isDone !== expected) {
    const what = `${answer.status} ${answer.location ?? ''} ${wordsOf(answer).slice(0, 200)}`
    throw new Otherwise(`it was ${isDone ? 'done' : 'refused'} (${what})`)
  }
  return { isDone, believe: isDone ? believe : () => {} }
}

const must = (answer: Answer, believe: () => void) =>
  settle(answer, answer.status === 303, { expected: true, believe })

/** `crossed`: something else happens to the same person at the same moment, so that it may be refused though the model allows it. */
interface How {
  crossed?: boolean
}

export class Actions {
  readonly #purser: RunningPurser
  readonly #model: Model
  /** The owner's browser, in which nothing ever goes wrong. */
  readonly #desk: Visitor

  constructor(purser: RunningPurser, model: Model, desk: Visitor) {
    this.#purser = purser
    this.#model = model
    this.#desk = desk
  }

  async logIn(tab: Tab, person: Person, { password = person.password, crossed = false } = {}): Promise<Done> {
    const { visitor } = tab
    const isStaff = person.kind === 'staff'
    const sitsIn = !isStaff && this.#model.alive(tab.console) && tab.console.loginAs !== null
    const csrf = await this.#csrf(tab, isStaff ? 'portal' : 'console')
    const answer = await this.#sentWithCode(
      visitor,
      person,
      await visitor.post(SITES[person.kind].login, { csrf, email: person.email, password }),
    )
    // Whoever sits in a customer's console is sent back there, and has to leave by Exit.
    const isDone = answer.status === 303 && !sitsIn
    const isRight = person.isOn && password === person.password && !sitsIn
    const digest = this.#digest(tab, isStaff ? 'portal' : 'console')
    return settle(answer, isDone, {
      expected: crossed && isRight ? null : isRight,
      believe: () => this.#model.enter(tab, { digest, person, loginAs: null }),
    })
  }

  /** What becomes of a login that asks for a code: of somebody without one, too, where the password is wrong. */
  async #sentWithCode(visitor: Visitor, person: Person, answer: Answer): Promise<Answer> {
    if (answer.location !== SITES[person.kind].secondStep) return answer
    const { secret } = person
    // Two logins within one step are none of this walk's subjects.
    await forgetSteps(this.#purser, person)
    const page = await visitor.follow(answer)
    return visitor.submit(page, { code: secret === null ? '000000' : codeOf(secret) })
  }

  async addApp(tab: Tab, person: Person): Promise<Done> {
    const page = await tab.visitor.get(`${SITES[person.kind].factors}/new`)
    // A temporary password has to be changed before anything else.
    if (page.location === '/console/password') return { isDone: false, believe: () => {} }
    const secret = secretOn(page)
    const answer = await tab.visitor.submit(page, { code: codeOf(secret) })
    return settle(answer, answer.status === 200, {
      expected: true,
      believe: () => {
        person.secret = secret
      },
    })
  }

  async resetFactors(person: Person): Promise<Done> {
    const isStaff = person.kind === 'staff'
    const page = await this.#desk.get(`/${isStaff ? 'staff' : 'customers'}/${person.id}/factor-reset`)
    const answer = await this.#desk.submit(page, { reason: 'walk' })
    return settle(answer, answer.status === 303, {
      expected: person.secret !== null && (person.isOn || !isStaff),
      believe: () => this.#model.resetFactors(person),
    })
  }

  async logOut(tab: Tab, site: 'portal' | 'console'): Promise<Done> {
    const held = tab[site]
    const csrf = await this.#csrf(tab, site)
    const answer = await tab.visitor.post(site === 'portal' ? '/logout' : '/console/logout', { csrf })
    return must(answer, () => {
      if (!this.#model.alive(held)) return
      const { loginAs } = held
      if (loginAs) this.#model.endLoginAs((other) => other === loginAs)
      else this.#model.end(held)
    })
  }

  /** By Exit, or by the console's logout, which is the same there. */
  async exit(tab: Tab): Promise<Done> {
    const loginAs = tab.console?.loginAs
    const csrf = await this.#csrf(tab, 'console')
    const answer = await tab.visitor.post('/console/login-as/end', { csrf })
    return must(answer, () => this.#model.endLoginAs((other) => other === loginAs))
  }

  async changePassword(
    tab: Tab,
    person: Person,
    password: string,
    { crossed = false }: How = {},
  ): Promise<Done> {
    const site = person.kind === 'staff' ? 'portal' : 'console'
    const path = site === 'portal' ? '/account/password' : '/console/password'
    const csrf = await this.#csrf(tab, site)
    const answer = await tab.visitor.post(path, { csrf, current: person.password, password })
    const isDone = answer.status === 303 && !answer.location?.includes('/login')
    const digest = this.#digest(tab, site)
    return settle(answer, isDone, {
      expected: crossed ? null : true,
      believe: () => {
        this.#model.setPassword(person, password)
        this.#model.enter(tab, { digest, person, loginAs: null })
      },
    })
  }

  async endOthers(tab: Tab, client: Client): Promise<Done> {
    const csrf = await this.#csrf(tab, 'console')
    const answer = await tab.visitor.post('/console/security/sessions/end', { csrf })
    // A temporary password has to be changed before anything else.
    const isDone = answer.location === '/console/security'
    return settle(answer, isDone, {
      expected: isDone,
      believe: () => {
        const others = this.#model.sessions.filter(({ person, loginAs }) => person === client && !loginAs)
        for (const held of others) if (held.isAlive && held !== tab.console) this.#model.end(held)
      },
    })
  }

  /** A login as the customer is asked for; it may be entered later, or never. */
  async ask(tab: Tab, customer: Client, mode: LoginAsMode, { crossed = false }: How = {}): Promise<Done> {
    const portal = tab.portal
    if (portal?.person.kind !== 'staff') throw new Error('Only staff ask.')
    const staff = portal.person
    const csrf = await this.#csrf(tab, 'portal')
    const fields = { csrf, mode, reason: 'Ticket 4711' }
    const answer = await tab.visitor.post(`/customers/${customer.id}/login-as`, fields)
    const isDone = answer.location?.startsWith('/console/enter/') ?? false
    const isAllowed =
      this.#model.mayEnter(staff, mode) && (mode === 'readonly' || (customer.isOn && customer.isComplete))
    return settle(answer, isDone, {
      expected: crossed && isAllowed ? null : isAllowed,
      believe: () => {
        const entrance = answer.location ?? ''
        const facts = { staff, customer, mode, portal, entrance }
        this.#model.loginAsSessions.push({ ...facts, isEntered: false, isOpen: true })
      },
    })
  }

  /** The code of a login-as session is brought by a browser, which may be the wrong one, too late, or a second time. */
  async redeem(tab: Tab, entrance: string, { crossed = false }: How = {}): Promise<Done> {
    const loginAs = this.#model.loginAsSessions.find((one) => one.entrance === entrance)
    const answer = await tab.visitor.get(entrance)
    const isGood =
      loginAs !== undefined &&
      loginAs.isOpen &&
      !loginAs.isEntered &&
      this.#model.alive(tab.portal) &&
      tab.portal === loginAs.portal
    const digest = this.#digest(tab, 'console')
    return settle(answer, answer.status === 303, {
      expected: crossed && isGood ? null : isGood,
      believe: () => {
        if (loginAs) this.#model.redeem(tab, loginAs, digest)
      },
    })
  }

  async turn(person: Person): Promise<Done> {
    const isOn = !person.isOn
    const action = isOn ? 'reinstatement' : 'suspension'
    const isStaff = person.kind === 'staff'
    const page = await this.#desk.get(isStaff ? '/staff' : `/customers/${person.id}/state`)
    const fields: Record<string, string> = isOn ? {} : { reason: 'walk', ...(!isStaff && { message: '' }) }
    const answer = await this.#desk.submit(page, fields, { action: `/${person.id}/${action}` })
    return must(answer, () => {
      if (isOn) person.isOn = true
      else this.#model.turnOff(person)
    })
  }

  async giveRole(employee: Employee, role: RoleId): Promise<Done> {
    const action = `/staff/${employee.id}/role`
    const answer = await this.#desk.submit(await this.#desk.get('/staff'), { role }, { action })
    return must(answer, () => this.#model.giveRole(employee, role))
  }

  /** Generated and confirmed. */
  async resetPassword(client: Client): Promise<Done> {
    const page = await this.#desk.get(`/customers/${client.id}/password-reset`)
    const shown = await this.#desk.submit(page, {}, { action: '/candidate' })
    const password = shown.html.querySelector('[data-password]')?.getAttribute('data-password') ?? ''
    const answer = await this.#desk.submit(shown, {}, { action: '/password-reset' })
    return must(answer, () => this.#model.setPassword(client, password))
  }

  /** Leaves a set-password link with a customer who is ON, to be used later or never. */
  async leaveLink(client: Client): Promise<Done> {
    const { services, northwind } = this.#purser
    const link = await makeLink(services.database.prisma, {
      resellerId: northwind.reseller.id,
      purpose: 'set_password',
      delivery: 'copied',
      person: { customerId: client.id },
      email: client.email,
      minutes: 30,
    })
    const path = `/set-password/${linkToken(services.keys, link)}`
    return { isDone: true, believe: () => void client.links.push({ path, isGood: true }) }
  }

  async useLink(client: Client, { path, isGood }: Client['links'][number], password: string): Promise<Done> {
    const visitor = this.#purser.visitor()
    const page = await visitor.get(path)
    const answer = page.status === 200 ? await visitor.submit(page, { password }) : page
    return settle(answer, answer.status === 303, {
      expected: isGood,
      believe: () => this.#model.setPassword(client, password),
    })
  }

  async register(invite: string): Promise<Done> {
    const person = newcomer()
    const answer = await join(this.#purser.visitor(), invite, person)
    const row = await this.#purser.services.database.prisma.customer.findFirst({
      where: { email: person.email },
    })
    return must(answer, () => {
      const { email, password } = person
      const facts = { kind: 'customer', id: row?.id ?? '', email, password } as const
      this.#model.clients.push({ ...facts, isOn: true, isComplete: false, links: [], secret: null })
    })
  }

  async goRound(): Promise<Done> {
    await endOverdueLoginAs(this.#purser.services)
    await sweepSessions(this.#purser.services)
    return { isDone: true, believe: () => {} }
  }

  /** Somebody of another reseller knows every address and gets nowhere. */
  async trespass(outsider: Visitor, client: Client, entrance: string | undefined): Promise<Done> {
    const csrf = valueOf(await outsider.get('/account/password'), 'csrf') ?? ''
    const tries = [
      await outsider.get(`/customers/${client.id}`),
      await outsider.post(`/customers/${client.id}/suspension`, { csrf, reason: 'mine' }),
      await outsider.post(`/customers/${client.id}/password-reset/candidate`, { csrf }),
      await outsider.post(`/customers/${client.id}/login-as`, { csrf, mode: 'readonly', reason: 'mine' }),
    ]
    const code = entrance ? await outsider.get(entrance) : null
    const got = tries.find(({ status }) => status !== 404) ?? (code?.status === 303 ? code : undefined)
    if (got) throw new Otherwise(`an outsider was answered ${got.status}`)
    return { isDone: true, believe: () => {} }
  }

  /** The token for a form in this site of a browser, whoever is in. */
  async #csrf({ visitor }: Tab, site: 'portal' | 'console'): Promise<string> {
    const [within, door] =
      site === 'portal' ? ['/account/password', '/login'] : ['/console/password', '/console/northwind/login']
    const page = await visitor.get(within)
    const shown = page.status === 200 ? page : await visitor.get(door)
    return valueOf(shown, 'csrf') ?? ''
  }

  #digest({ visitor }: Tab, site: 'portal' | 'console'): string {
    return sessionDigest(visitor.sessionId(site))
  }
}
