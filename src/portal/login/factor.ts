import { bindSecondStep } from '../../people/second-step.ts'
import { staffLogins } from '../../staff/logins.ts'
import { open } from '../pages.ts'

/** The second step of a login of staff. */
export const secondStep = bindSecondStep(open, '/login/factor', {
  logins: staffLogins,
  isShared: false,
  resellerOf: async () => null,
})
