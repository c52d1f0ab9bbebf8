import type { Response } from 'express'
import type { Form } from '../forms/form.ts'
import { isKey, newKey } from '../ledger/facts.ts'
import type { Sentence, Translate } from '../words/words.ts'

/** The form's own key, so that sending it again is the same posting; a new one if that is spent or not valid. */
export function keyFor({ typed: { idempotencyKey }, facts }: Form) {
  return isKey(idempotencyKey) && !facts.keySpent ? idempotencyKey : newKey()
}

/** The values of a choice with their names. */
export function named<Value extends string>(
  res: Response,
  values: readonly Value[],
  names: Readonly<Record<Value, Sentence>>,
) {
  const translate = res.locals.t as Translate
  return values.map((value) => ({ value, label: translate(names[value]) }))
}
