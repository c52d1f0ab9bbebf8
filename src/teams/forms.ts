import { z } from 'zod'
import { optionalText, text } from '../forms/form.ts'

/** A team's name; '' where a form may leave it empty. */
export const teamName = () => text({ max: 120 })

/** What the search for a team is asked. */
export const TeamQuery = z.object({ q: optionalText({ max: 200 }) })
