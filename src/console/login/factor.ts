import { customerLogins } from '../../customers/logins.ts'
import { findReseller, maybeOnlyReseller } from '../../people/reseller.ts'
import { bindSecondStep } from '../../people/second-step.ts'
import { services } from '../../services.ts'
import type { FormerSession } from '../former-session.ts'
import { open } from '../pages.ts'

/** The second step of a customer's login. */
export const secondStep = bindSecondStep(open, '/console/login/factor', {
  logins: customerLogins,
  isShared: true,
  async resellerOf({ req, locals }, begun) {
    if (!begun) return (locals.former as FormerSession | null | undefined)?.reseller ?? null
    const { resellerId } = begun
    const { database } = services(req)
    return resellerId === null ? maybeOnlyReseller(database) : findReseller(database, resellerId)
  },
})
