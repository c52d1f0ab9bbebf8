import { isId } from '../database/id.ts'
import { z } from 'zod'
import { WHATEVER_ELSE, inDateOrder, period, text } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'

/** Who may be asked for beside one staff member: all of a kind. */
export const KINDS_OF_PERSON = ['customers', 'system', 'visitor'] as const

/** What the log's address may say. */
export const AuditQuery = z
  .object({
    /** A staff member's id, or one of KINDS_OF_PERSON. */
    person: text({ max: 40 })
      .refine((value) => ['', ...KINDS_OF_PERSON].includes(value) || isId(value), {
        error: phrase('Choose one of the options.'),
      })
      .default(''),
    /** Words that one customer is found by, see src/customers/match.ts. */
    customer: text({ max: 254 }).default(''),
    /** An event's name; one that today's rooms do not declare may still be in older rows. */
    event: text({ max: 60 })
      .refine((value) => /^([a-z_]+\.[a-z_]+)?$/.test(value), { error: phrase('Choose one of the options.') })
      .default(''),
    ...period(),
    after: text({ max: 200 }).default(''),
    before: text({ max: 200 }).default(''),
  })
  .superRefine(inDateOrder, WHATEVER_ELSE)
export type AuditQuery = z.output<typeof AuditQuery>
