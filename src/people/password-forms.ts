import { z } from 'zod'
import { email } from '../web/form.ts'
import { knownPassword, newPassword } from './password-policy.ts'

export const OwnPasswordForm = z.object({
  current: knownPassword(),
  password: newPassword(),
})
export const ForgottenPasswordForm = z.object({ email: email() })
export const SetPasswordForm = z.object({ password: newPassword() })
