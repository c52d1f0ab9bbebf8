import { isId } from '../database/id.ts'
import { z } from 'zod'
import { optionalText } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'

const place = { after: optionalText({ max: 200 }), before: optionalText({ max: 200 }) }

/** What the address of the list of login-as sessions may say. */
export const SessionsQuery = z.object({
  /** A staff member's id: that one's only. */
  staff: optionalText({ max: 36 }).refine((id) => id === '' || isId(id), {
    error: phrase('Choose one of the options.'),
  }),
  /** Words that one customer is found by: those in that one's console only. */
  customer: optionalText({ max: 254 }),
  ...place,
})
export type SessionsQuery = z.output<typeof SessionsQuery>

/** What the address of one login-as session may say. */
export const SessionQuery = z.object(place)
export type SessionQuery = z.output<typeof SessionQuery>
