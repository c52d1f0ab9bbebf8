import type { Sentence } from './words.ts'

/**
 * A rule's "no" that is nobody's mistake in the code: it carries its own status and sentence, and the field of the form it
 * speaks of, if there is one. 403 may not, 404 does not exist for this person, 409 conflict, 422 cannot be done like this,
 * 429 too often, 503 not now.
 */
export class Refusal extends Error {
  readonly status: 403 | 404 | 409 | 422 | 429 | 503
  readonly sentence: Sentence
  readonly field: string | undefined
  /** What the page needs to show it well, such as the value that somebody else saved meanwhile. */
  readonly facts: Readonly<Record<string, unknown>>

  constructor(
    status: Refusal['status'],
    sentence: Sentence,
    { field, facts = {} }: { field?: string; facts?: Record<string, unknown> } = {},
  ) {
    super(sentence.text)
    this.name = 'Refusal'
    this.status = status
    this.sentence = sentence
    this.field = field
    this.facts = facts
  }
}
