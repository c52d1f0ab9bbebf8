import { type Sentence, t } from './words.ts'

/** Titles of a 409, for what the bare status does not tell. */
export const CHANGED_MEANWHILE = t('Changed by someone else')
export const DONE_ALREADY = t('Already done')

/**
 * A rule's "no" that is nobody's mistake in the code: it carries its own status and sentence, and the field of the form it
 * speaks of, if there is one. 403 may not, 404 does not exist for this person, 409 conflict, 422 cannot be done like this,
 * 429 too often, 503 not now.
 */
export class Refusal extends Error {
  readonly status: 403 | 404 | 409 | 422 | 429 | 503
  readonly sentence: Sentence
  readonly field: string | undefined
  /** What a page is called that says nothing else; by its status where missing. */
  readonly title: Sentence | undefined
  /** What the page needs to show it well, such as the value that somebody else saved meanwhile. */
  readonly facts: Readonly<Record<string, unknown>>

  constructor(
    status: Refusal['status'],
    sentence: Sentence,
    { field, title, facts = {} }: { field?: string; title?: Sentence; facts?: Record<string, unknown> } = {},
  ) {
    super(sentence.text)
    this.name = 'Refusal'
    this.status = status
    this.sentence = sentence
    this.field = field
    this.title = title
    this.facts = facts
  }
}

/** Refuses until the person has proved again who they are; the application answers it with the page that asks, see askForProof(). */
export class ProofNeeded extends Refusal {
  constructor() {
    super(403, t('Confirm that it is you first.'))
    this.name = 'ProofNeeded'
  }
}
