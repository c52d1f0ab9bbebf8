import { z } from 'zod'
import { email } from '../web/form.ts'
import { newPassword, typedPassword } from './policy.ts'

export const OwnPasswordForm = z.object({
  current: typedPassword().min(1, { error: 'Fill this in.' }),
  password: newPassword(),
})
export const ForgottenPasswordForm = z.object({ email: email() })
export const SetPasswordForm = z.object({ password: newPassword() })
