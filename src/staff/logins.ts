import { isFactorInUse } from '../people/factors.ts'
import type { Logins } from '../people/logins.ts'
import { type StaffLogin, maybeStaffLogin } from '../people/login-of.ts'
import { resellerOfStaff } from '../people/staff-address.ts'

/** Staff share one login page, since their addresses are unique in the installation. A login does not tell that someone is OFF. */
export const staffLogins: Logins<StaffLogin> = {
  kind: 'staff',
  async candidates(database, email) {
    // An address that nobody has costs the same.
    const staff = await maybeStaffLogin(database, {
      resellerId: await resellerOfStaff(database, email),
      email,
    })
    return staff ? [staff] : []
  },
  asksEverybody: isFactorInUse,
  whyNever: ({ state }) => (state === 'OFF' ? 'off' : null),
}
