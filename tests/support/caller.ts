import { type Action, perform } from '../../src/actions/action.ts'
import { type Caller } from '../../src/actions/caller.ts'
import type { Services } from '../../src/services.ts'
import type { Actor } from '../../src/people/actor.ts'
import { asked } from './asked.ts'

/** This actor, who acts without HTTP. */
export const by = (actor: Actor, services: Partial<Services> = {}): Caller => ({
  actor,
  services: services as Services,
  request: actor,
})

/** Does what a form would do by this action, without HTTP. Throws where the form would come back. */
export async function done<Subject, Input, Result>(
  of: Action<Subject, Input, Result>,
  caller: Caller,
  key: Readonly<Record<string, unknown>>,
  typed: Readonly<Record<string, unknown>> = {},
): Promise<Result> {
  const { form } = await asked(() => perform(of, caller, key, typed))
  if (!form.ok) throw new Error(`Not done: ${JSON.stringify([form.status, form.refusal, form.errors])}`)
  return form.result
}
