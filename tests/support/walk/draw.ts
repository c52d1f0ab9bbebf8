import type { Held, Model, Person, Tab } from './model.ts'

/** Numbers from 0 to 1, the same ones for the same seed. */
export type Random = () => number

/** Picks who does what to whom. */
export class Draw {
  readonly model: Model
  readonly random: Random
  #passwords = 0

  constructor(model: Model, random: Random) {
    this.model = model
    this.random = random
  }

  pick<One>(of: readonly One[]): One | undefined {
    return of[Math.floor(this.random() * of.length)]
  }

  /** One that fits, as a rule; now and then just any. */
  mostly<One>(of: readonly One[], fits: (one: One) => boolean): One | undefined {
    const fitting = of.filter(fits)
    return this.pick(fitting.length > 0 && this.random() < 0.8 ? fitting : of)
  }

  newPassword(): string {
    this.#passwords += 1
    return `quiet tractor meadow ${this.#passwords}`
  }

  people(): readonly Person[] {
    return [...this.model.employees, ...this.model.clients]
  }

  alive(held: Held | null): held is Held {
    return this.model.alive(held)
  }

  tabs(fits: (tab: Tab) => boolean): readonly Tab[] {
    return this.model.tabs.filter(fits)
  }

  /** The tabs in which this person is in, for themself. */
  tabsOf(person: Person): readonly Tab[] {
    return this.tabs(({ portal, console }) =>
      [portal, console].some((held) => this.alive(held) && held.person === person && !held.loginAs),
    )
  }

  /** A tab with staff in it and a customer to log in as. */
  visit() {
    const mode = this.random() < 0.5 ? 'readonly' : 'admin'
    const tab = this.mostly(
      this.tabs(({ portal }) => this.alive(portal)),
      ({ portal }) => portal?.person.kind === 'staff' && this.model.mayEnter(portal.person, mode),
    )
    const customer = this.mostly(this.model.clients, ({ isOn, isComplete }) => isOn && isComplete)
    const staff = tab?.portal?.person
    if (!tab || !customer || staff?.kind !== 'staff') return null
    const reach = [...this.model.reachOfTab(tab), ...this.model.reachOf(customer)]
    const words = `${staff.email} (${tab.name}), ${customer.email}, ${mode}`
    return { tab, staff, customer, mode, reach, words } as const
  }
}
