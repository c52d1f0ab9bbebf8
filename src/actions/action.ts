import type { z } from 'zod'
import type { Event } from '../events/event.ts'
import { consoleCustomerId, mustBeAllowed, mustBeThemself } from '../people/actor.ts'
import type { Permission } from '../people/permissions.ts'
import { mustHaveProven } from '../people/proof.ts'
import { submit } from '../forms/form.ts'
import type { Caller } from './caller.ts'

/**
 * Who may do it: staff with any of these permissions. 'themself': anyone logged in, but not in a login-as session. 'customer': the console's
 * customer, or staff in an Admin Login. 'link': anyone who has the link. 'host': a command, which has no address.
 */
export type Who = readonly [Permission, ...Permission[]] | 'themself' | 'customer' | 'link' | 'host'

/** What an address names: `id` of /customers/:id. */
type Key = Readonly<Record<string, unknown>>

/** One thing that somebody can do. Data and two functions: nothing here knows HTTP, and nothing opens a transaction for run(). */
export interface Action<Subject, Input, Result, Needed = NoInfer<Subject>> {
  may: Who
  /**
   * Whether it asks for the password again, see mustHaveProven(): always, or for this input. 'in run': run() finds that out, as what is
   * decided in the database does.
   */
  proof?: true | 'in run' | ((by: Caller, subject: Needed, input: Input) => boolean)
  /** The events that it may leave, but for what ends because of it, such as a login-as session; [] where it leaves none. */
  leaves: readonly Event<never>[]
  /** Finds what it acts upon. @throws 404 for what is not theirs, as for what never was */
  on(by: Caller, key: Key): Promise<Subject>
  /** A function where the fields depend on who asks or on what: amounts on the currency. */
  input: z.ZodType<Input> | ((by: Caller, subject: Subject) => z.ZodType<Input>)
  /** Decides, writes and records. @throws Refusal. Gives plain data. It may need less of the subject than on() finds for a page. */
  run(by: Caller, subject: Needed, input: Input): Promise<Result>
}

/** An action, for code that goes over all of them. */
export type Declared = Pick<Action<never, never, unknown>, 'may' | 'proof' | 'leaves' | 'run'>

/** Declares an action. Its run() asks for the permission itself, and for the proof, for every caller. */
export const action = <S extends N, I, R, N = S>(declared: Action<S, I, R, N>): Action<S, I, R, N> => ({
  ...declared,
  run: async (by, subject, input) => {
    mustBe(by, declared.may)
    const { proof } = declared
    if (proof === true || (typeof proof === 'function' && proof(by, subject, input))) mustHaveProven(by.actor)
    return declared.run(by, subject, input)
  },
})

/** Finds what the action would be done to. @throws 403 unless the caller may do it; 404 */
export async function find<S, I, R>(of: Action<S, I, R>, by: Caller, key: Key): Promise<S> {
  mustBe(by, of.may)
  return of.on(by, key)
}

/** Finds, reads what was typed and runs. A Refusal that a form can answer comes back as the form. */
export async function perform<S, I, R>(of: Action<S, I, R>, by: Caller, key: Key, typed: unknown) {
  const subject = await find(of, by, key)
  const schema = typeof of.input === 'function' ? of.input(by, subject) : of.input
  return { subject, form: await submit(schema, typed, (values) => of.run(by, subject, values)) }
}

/** @throws 403 without one of the permissions, or for 'themself' under a login-as session. 'link' is checked by on() or run(). */
function mustBe({ actor }: Caller, who: Who) {
  if (who === 'customer') consoleCustomerId(actor)
  if (who === 'themself') mustBeThemself(actor)
  if (typeof who === 'string' || who.some((permission) => actor.permissions.has(permission))) return
  mustBeAllowed(actor, who[0])
}
