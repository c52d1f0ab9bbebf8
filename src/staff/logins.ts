import type { Staff } from '../generated/prisma/client.ts'
import type { Candidate, Logins } from '../people/login.ts'

/** Staff log in at one door, since no two of an installation have the same address. Who is OFF is told nothing of it. */
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
