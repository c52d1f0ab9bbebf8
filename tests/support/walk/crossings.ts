import type { Actions, Done, Step } from './actions.ts'
import type { Draw } from './draw.ts'
import type { Client, Employee, Person, Tab } from './model.ts'

/** Two actions on one person at the very same moment: one that lets somebody in, and one that ends it, which wins in either order. */
export class Crossings {
  readonly #actions: Actions
  readonly #draw: Draw

  constructor(actions: Actions, draw: Draw) {
    this.#actions = actions
    this.#draw = draw
  }

  draw(): Step | null {
    const crossing = this.#draw.random() < 0.4 ? this.#loginCrossed() : this.#visitCrossed()
    if (!crossing) return null
    const { name, reach, begin, end } = crossing
    const run = async () => {
      const [begun, ended] = await Promise.all([begin(), end.run()])
      begun.believe()
      ended.believe()
    }
    return { name: `${name}, and at once ${end.name}`, reach, run }
  }

  #loginCrossed() {
    const [tab, person] = [
      this.#draw.pick(this.#draw.model.tabs),
      this.#draw.pick(this.#draw.people().filter(({ isOn }) => isOn)),
    ]
    if (!tab || !person) return null
    const end = this.#endOf(person, tab)
    return {
      name: `${person.email} logs in in ${tab.name}`,
      reach: [...this.#draw.model.reachOfTab(tab), ...this.#draw.model.reachOf(person)],
      begin: () => this.#actions.logIn(tab, person, { crossed: true }),
      end,
    }
  }

  #visitCrossed() {
    const visit = this.#draw.visit()
    if (!visit) return null
    const { tab, staff, customer, mode, reach, words } = visit
    const ends = [
      this.#endOf(staff, tab),
      { name: 'logs out', run: () => this.#actions.logOut(tab, 'portal') },
      { name: 'becomes auditor', run: () => this.#actions.giveRole(staff, 'auditor') },
      ...(mode === 'admin' && customer.isOn ? [this.#endOf(customer, tab, { byOff: true })] : []),
    ]
    const asked = this.#draw.model.loginAsSessions.findLast(
      (loginAs) =>
        loginAs.isOpen && !loginAs.isEntered && loginAs.portal === tab.portal && loginAs.mode === mode,
    )
    const entrance = asked?.customer === customer ? asked.entrance : null
    return {
      name: `${entrance ? 'entering' : 'asking'}: ${words}`,
      reach: [...reach, ...this.#draw.model.reachOf(staff)],
      begin: () =>
        entrance
          ? this.#actions.redeem(tab, entrance, { crossed: true })
          : this.#actions.ask(tab, customer, mode, { crossed: true }),
      end: this.#draw.pick(ends) as (typeof ends)[number],
    }
  }

  /** What ends everything that this person is in by, done anywhere but in `tab`. */
  #endOf(person: Person, tab: Tab, { byOff = false } = {}): { name: string; run: () => Promise<Done> } {
    const off = { name: 'turned OFF', run: () => this.#actions.turn(person) }
    if (byOff) return off
    const elsewhere = this.#draw.pick(this.#draw.tabsOf(person).filter((one) => one !== tab))
    const password = this.#draw.newPassword()
    const change = elsewhere && {
      name: `changes the password in ${elsewhere.name}`,
      run: () => this.#actions.changePassword(elsewhere, person, password),
    }
    const others = person.kind === 'customer' ? this.#endsOf(person) : this.#endsOfStaff(person)
    return this.#draw.pick([off, ...(change ? [change] : []), ...others]) as typeof off
  }

  #endsOfStaff(employee: Employee) {
    if (employee.secret === null || !employee.isOn) return []
    return [{ name: 'second factors reset', run: () => this.#actions.resetFactors(employee) }]
  }

  #endsOf(client: Client) {
    const link = client.links.find(({ isGood }) => isGood)
    const password = this.#draw.newPassword()
    const reset = { name: 'reset', run: () => this.#actions.resetPassword(client) }
    return link
      ? [reset, { name: 'uses a link', run: () => this.#actions.useLink(client, link, password) }]
      : [reset]
  }
}
