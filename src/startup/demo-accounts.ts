import { DEMO_PASSWORD, HOUSES } from '../../prisma/demo/house.ts'
import { ROLES } from '../people/roles.ts'

/** Whom to log in to the demo as: a table for the terminal. */
export function demoAccounts(): string {
  const rows = Object.entries(HOUSES).flatMap(([slug, { name, currency, staff }]) =>
    staff
      .filter((member) => !('state' in member))
      .map(({ account, role }) => [
        `${account}@${slug}.example`,
        ROLES[role].name.text,
        `${name} (${currency})`,
      ]),
  )
  const [accounts = 0, roles = 0] = [0, 1].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const lines = rows.map(
    ([account = '', role = '', house]) => `  ${account.padEnd(accounts)}  ${role.padEnd(roles)}  ${house}`,
  )
  return [`\nLog in with the password ${DEMO_PASSWORD} as one of these:\n`, ...lines, ''].join('\n')
}
