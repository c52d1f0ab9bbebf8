import { z } from 'zod'
import { choice, email, text } from '../web/form.ts'
import { ROLE_IDS } from './permissions.ts'

export const NewStaffForm = z.object({
  email: email(),
  name: text({ min: 1, max: 120 }),
  role: choice(ROLE_IDS),
})
export const RoleForm = z.object({ role: choice(ROLE_IDS) })
/** Turning somebody OFF or ON, and making links anew: there is nothing to fill in. */
export const NothingToFillIn = z.object({})
