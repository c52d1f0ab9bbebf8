import type { Staff } from '../generated/prisma/client.ts'
import type { Candidate, Logins } from '../people/login.ts'

/** Staff share one login page, since their addresses are unique in the installation. A login does not tell that someone is OFF. */
export const staffLogins: Logins<Candidate & Pick<Staff, 'state'>> = {
  kind: 'staff',
  async candidates({ prisma }, email) {
    const staff = await prisma.staff.findUnique({
      where: { email },
      select: { resellerId: true, id: true, email: true, passwordHash: true, state: true },
    })
    return staff ? [staff] : []
  },
  whyNever: ({ state }) => (state === 'OFF' ? 'off' : null),
}
