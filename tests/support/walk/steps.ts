import type { Visitor } from '../visit.ts'
import type { Actions, Done, Step } from './actions.ts'
import { Crossings } from './crossings.ts'
import { Draw, type Random } from './draw.ts'
import type { Model, Person } from './model.ts'

const ROLES = ['admin', 'admin', 'support', 'auditor'] as const
const NEWCOMERS_MAX = 2

type Maker = () => Step | null

/** Draws the next steps from what could be done as the model stands; the same numbers draw the same ones. */
export class Steps {
  readonly #actions: Actions
  readonly #model: Model
  readonly #draw: Draw
  readonly #crossings: Crossings
  readonly #outsider: Visitor
  readonly #invite: string

  constructor(
    { actions, model, random }: { actions: Actions; model: Model; random: Random },
    { outsider, invite }: { outsider: Visitor; invite: string },
  ) {
    this.#actions = actions
    this.#model = model
    this.#draw = new Draw(model, random)
    this.#crossings = new Crossings(actions, this.#draw)
    this.#outsider = outsider
    this.#invite = invite
  }

  /** Up to `count` steps that concern nobody in common. */
  draw(count: number): Step[] {
    const steps: Step[] = []
    const taken = new Set<unknown>()
    for (let time = 0; time < 20 && steps.length < count; time++) {
      const step = this.#one()
      if (!step || step.reach.some((one) => taken.has(one))) continue
      for (const one of step.reach) taken.add(one)
      steps.push(step)
    }
    return steps
  }

  /** More is begun than ended, so that there is always somebody in whom a fault could leave or throw out. */
  readonly #makers: readonly (readonly [weight: number, maker: Maker])[] = [
    [14, () => this.#logIn()],
    [1, () => this.#logOut()],
    [1, () => this.#exit()],
    [2, () => this.#changePassword()],
    [1, () => this.#endOthers()],
    [4, () => this.#turn()],
    [2, () => this.#giveRole()],
    [3, () => this.#addApp()],
    [1, () => this.#resetFactors()],
    [1, () => this.#resetPassword()],
    [1, () => this.#leaveLink()],
    [1, () => this.#useLink()],
    [10, () => this.#enter()],
    [2, () => this.#ask()],
    [3, () => this.#redeem()],
    [1, () => this.#register()],
    [1, () => this.#trespass()],
    [1, () => this.#goRound()],
    [5, () => this.#crossings.draw()],
  ]

  #one(): Step | null {
    const whole = this.#makers.reduce((sum, [weight]) => sum + weight, 0)
    let left = this.#draw.random() * whole
    for (const [weight, maker] of this.#makers) {
      left -= weight
      if (left < 0) return maker()
    }
    return null
  }

  #step(name: string, { reach, run }: { reach: unknown[]; run: () => Promise<Done> }): Step {
    return { name, reach, run: async () => (await run()).believe() }
  }

  #logIn(): Step | null {
    const people = this.#draw.random() < 0.5 ? this.#model.employees : this.#model.clients
    const person = this.#draw.mostly<Person>(people, ({ isOn }) => isOn)
    const site = person?.kind === 'staff' ? 'portal' : 'console'
    const tab = this.#draw.mostly(this.#model.tabs, (one) => !this.#draw.alive(one[site]))
    if (!tab || !person) return null
    const isWrong = this.#draw.random() < 0.1
    return this.#step(`${person.email} logs in in ${tab.name}${isWrong ? ' with a wrong password' : ''}`, {
      reach: [...this.#model.reachOfTab(tab), ...this.#model.reachOf(person)],
      run: () => this.#actions.logIn(tab, person, isWrong ? { password: 'not the password' } : {}),
    })
  }

  #logOut(): Step | null {
    const site = this.#draw.random() < 0.5 ? 'portal' : 'console'
    const tab = this.#draw.pick(this.#draw.tabs((one) => this.#draw.alive(one[site])))
    if (!tab) return null
    return this.#step(`logout from the ${site} in ${tab.name}`, {
      reach: this.#model.reachOfTab(tab),
      run: () => this.#actions.logOut(tab, site),
    })
  }

  #exit(): Step | null {
    const tab = this.#draw.pick(
      this.#draw.tabs(({ console }) => this.#draw.alive(console) && console.loginAs !== null),
    )
    if (!tab) return null
    return this.#step(`exit in ${tab.name}`, {
      reach: this.#model.reachOfTab(tab),
      run: () => this.#actions.exit(tab),
    })
  }

  #changePassword(): Step | null {
    const person = this.#draw.pick(this.#draw.people())
    const tab = person && this.#draw.pick(this.#draw.tabsOf(person))
    if (!tab) return null
    const password = this.#draw.newPassword()
    return this.#step(`${person.email} changes the password in ${tab.name}`, {
      reach: [...this.#model.reachOf(person), ...this.#model.reachOfTab(tab)],
      run: () => this.#actions.changePassword(tab, person, password),
    })
  }

  #endOthers(): Step | null {
    const client = this.#draw.pick(this.#model.clients)
    const tab = client && this.#draw.pick(this.#draw.tabsOf(client))
    if (!tab) return null
    return this.#step(`${client.email} ends all sessions but that in ${tab.name}`, {
      reach: this.#model.reachOf(client),
      run: () => this.#actions.endOthers(tab, client),
    })
  }

  #turn(): Step | null {
    const person = this.#draw.mostly(this.#draw.people(), ({ isOn }) => !isOn)
    if (!person) return null
    return this.#step(`${person.email} is turned ${person.isOn ? 'OFF' : 'ON'}`, {
      reach: this.#model.reachOf(person),
      run: () => this.#actions.turn(person),
    })
  }

  #giveRole(): Step | null {
    const employee = this.#draw.pick(this.#model.employees)
    const role = this.#draw.pick(ROLES)
    if (!employee || !role) return null
    return this.#step(`${employee.email} becomes ${role}`, {
      reach: this.#model.reachOf(employee),
      run: () => this.#actions.giveRole(employee, role),
    })
  }

  #addApp(): Step | null {
    const person = this.#draw.pick(this.#draw.people().filter(({ secret }) => secret === null))
    const tab = person && this.#draw.pick(this.#draw.tabsOf(person))
    if (!tab) return null
    return this.#step(`${person.email} sets up an authenticator app in ${tab.name}`, {
      reach: [...this.#model.reachOf(person), ...this.#model.reachOfTab(tab)],
      run: () => this.#actions.addApp(tab, person),
    })
  }

  #resetFactors(): Step | null {
    const person = this.#draw.mostly(this.#draw.people(), ({ secret }) => secret !== null)
    if (!person) return null
    return this.#step(`the second factors of ${person.email} are reset`, {
      reach: this.#model.reachOf(person),
      run: () => this.#actions.resetFactors(person),
    })
  }

  #resetPassword(): Step | null {
    const client = this.#draw.pick(this.#model.clients)
    if (!client) return null
    return this.#step(`the password of ${client.email} is reset`, {
      reach: this.#model.reachOf(client),
      run: () => this.#actions.resetPassword(client),
    })
  }

  #leaveLink(): Step | null {
    const client = this.#draw.pick(this.#model.clients.filter(({ isOn }) => isOn))
    if (!client) return null
    return this.#step(`${client.email} gets a link`, {
      reach: this.#model.reachOf(client),
      run: () => this.#actions.leaveLink(client),
    })
  }

  #useLink(): Step | null {
    const client = this.#draw.pick(this.#model.clients.filter(({ links }) => links.length > 0))
    const link = client && this.#draw.pick(client.links)
    if (!link) return null
    const password = this.#draw.newPassword()
    return this.#step(`${client.email} uses a link${link.isGood ? '' : ' that is over'}`, {
      reach: this.#model.reachOf(client),
      run: () => this.#actions.useLink(client, link, password),
    })
  }

  #ask(): Step | null {
    const visit = this.#draw.visit()
    if (!visit) return null
    const { tab, customer, mode, reach, words } = visit
    return this.#step(`asked for: ${words}`, { reach, run: () => this.#actions.ask(tab, customer, mode) })
  }

  #enter(): Step | null {
    const visit = this.#draw.visit()
    if (!visit) return null
    const { tab, customer, mode, reach, words } = visit
    const run = async () => {
      const asked = await this.#actions.ask(tab, customer, mode)
      asked.believe()
      const entrance = this.#model.loginAsSessions.findLast(({ portal }) => portal === tab.portal)?.entrance
      return asked.isDone && entrance
        ? this.#actions.redeem(tab, entrance)
        : { isDone: false, believe: () => {} }
    }
    return this.#step(`entered: ${words}`, { reach, run })
  }

  #redeem(): Step | null {
    const loginAs = this.#draw.pick(this.#model.loginAsSessions.slice(-12))
    const itsTab = loginAs && this.#model.tabs.find(({ portal }) => portal === loginAs.portal)
    const tab = itsTab && this.#draw.random() < 0.6 ? itsTab : this.#draw.pick(this.#model.tabs)
    if (!loginAs || !tab) return null
    return this.#step(`the code for ${loginAs.customer.email} is brought by ${tab.name}`, {
      reach: [
        ...this.#model.reachOfTab(tab),
        ...this.#model.reachOf(loginAs.staff),
        ...this.#model.reachOf(loginAs.customer),
      ],
      run: () => this.#actions.redeem(tab, loginAs.entrance),
    })
  }

  #register(): Step | null {
    if (this.#model.clients.length >= 3 + NEWCOMERS_MAX) return null
    return this.#step('somebody registers', {
      reach: ['invite'],
      run: () => this.#actions.register(this.#invite),
    })
  }

  #trespass(): Step | null {
    const client = this.#draw.pick(this.#model.clients)
    if (!client) return null
    const entrance = this.#model.loginAsSessions.findLast(
      ({ isOpen, isEntered }) => isOpen && !isEntered,
    )?.entrance
    return this.#step(`an outsider tries ${client.email}`, {
      reach: ['outsider'],
      run: () => this.#actions.trespass(this.#outsider, client, entrance),
    })
  }

  /** What is ended each minute is what has run out, which is nobody here. */
  #goRound(): Step {
    return this.#step('the round of a minute is gone', {
      reach: ['round'],
      run: () => this.#actions.goRound(),
    })
  }
}
