import { z } from 'zod'
import { optionalText, shownText, text } from '../web/form.ts'
import { phrase } from '../web/phrase.ts'

/** A team's name; '' where a form may leave it empty. */
export const teamName = () => text({ max: 120 })

/** What the search for a team is asked. */
export const TeamQuery = z.object({ q: optionalText({ max: 200 }) })

/**
 * The team page's forms: a new name for the team, or the team to move to, or the name of a new one to move to. Gives the one that
 * was sent. `seen` is the team's name as the page showed it, `seenTeamId` the team it showed the customer in; a script that sends none
 * takes whatever it is. Where a conflict is answered by leaving the customer where somebody else has moved it, `teamId` is that team, and
 * the name of a new one, if it comes along, is no longer meant.
 */
export const TeamForm = z
  .object({
    teamName: teamName().optional(),
    teamId: text({ max: 100 }).optional(),
    newTeamName: teamName().optional(),
    seen: shownText({ max: 1000 }).optional(),
    seenTeamId: shownText({ max: 100 }).optional(),
  })
  .superRefine((form, context) => {
    const sent = SENDABLE.filter((field) => form[field] !== undefined && field !== unmeant(form))
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

/** Of a team and the name of a new one, which come together from a conflict, the one that was not chosen. */
function unmeant({ teamId, newTeamName, seenTeamId }: Partial<Record<string, string>>) {
  if (teamId === undefined || newTeamName === undefined) return undefined
  if (teamId === '') return 'teamId'
  return teamId === seenTeamId ? 'newTeamName' : undefined
}

const SENDABLE = ['teamName', 'teamId', 'newTeamName'] as const
