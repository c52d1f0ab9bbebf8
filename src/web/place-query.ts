import { z } from 'zod'
import { text } from './form.ts'

/** Which page of a list: the place after or before which it begins, as its links have it. */
export const PlaceQuery = z.object({
  after: text({ max: 200 }).default(''),
  before: text({ max: 200 }).default(''),
})
export type PlaceQuery = z.output<typeof PlaceQuery>
