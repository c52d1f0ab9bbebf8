import { z } from 'zod'
import { text } from './form.ts'

/** Which page of a list: the cursor after or before which it begins. */
export const CursorQuery = z.object({
  after: text({ max: 200 }).default(''),
  before: text({ max: 200 }).default(''),
})
export type CursorQuery = z.output<typeof CursorQuery>
