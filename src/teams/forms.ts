import { z } from 'zod'
import { optionalText, shownText, text } from '../web/form.ts'
import { phrase } from '../web/phrase.ts'

/** A team's name; '' where a form may leave it empty. */
export const teamName = () => text({ max: 120 })

/** What the search for a team is asked. */
export const TeamQuery = z.object({ q: optionalText({ max: 200 }) })

/**
 * The team page's forms: a new name for the team, or the team to move to, or the name of a new one to move to. Gives the one that
 * was sent. `seen` is the team's name as the page showed it; a script that sends none takes whatever it is.
 */
export const TeamForm = z
  .object({
    teamName: teamName().optional(),
    teamId: text({ max: 100 }).optional(),
    newTeamName: teamName().optional(),
    seen: shownText({ max: 1000 }).optional(),
  })
  .superRefine((form, context) => {
    const sent = SENDABLE.filter((field) => form[field] !== undefined)
    const complain = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message })
    if (sent.length > 1) {
      return complain(
        sent.at(-1) as string,
        phrase('Rename the team or move the customer, not both at once.'),
      )
    }
    const field = sent[0] ?? 'teamName'
    if (!form[field])
      complain(field, field === 'teamId' ? phrase('Choose a team.') : phrase('This field is required.'))
  })

const SENDABLE = ['teamName', 'teamId', 'newTeamName'] as const
