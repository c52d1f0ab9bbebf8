import type { Staff } from '../generated/prisma/client.ts'
import { isFactorInUse } from '../people/factors.ts'
import type { Candidate, Logins } from '../people/login.ts'
import { maybeStaffAt } from '../people/staff-address.ts'

/** Staff share one login page, since their addresses are unique in the installation. A login does not tell that someone is OFF. */
export const staffLogins: Logins<Candidate & Pick<Staff, 'state'>> = {
  kind: 'staff',
  async candidates(database, email) {
    const staff = await maybeStaffAt(database, email)
    return staff ? [staff] : []
  },
  asksEverybody: isFactorInUse,
  whyNever: ({ state }) => (state === 'OFF' ? 'off' : null),
}
