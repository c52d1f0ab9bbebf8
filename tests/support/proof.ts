import type { RunningPurser } from './purser.ts'
import type { Answer } from './visit.ts'

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)

/** Makes the last proof of everybody, or of one person in all sessions, older than what asks for one takes. */
export const ageProofs = (
  { owner }: Pick<RunningPurser, 'owner'>,
  { id, minutes = 16 }: { id?: string; minutes?: number } = {},
) =>
  owner.prisma.session.updateMany({
    where: id === undefined ? {} : { OR: [{ customerId: id }, ...(isUuid(id) ? [{ staffId: id }] : [])] },
    data: { provedAt: minutesAgo(minutes) },
  })

const isUuid = (id: string) => id.length === 36

/** Everybody has proved just now who they are. */
export const freshProofs = ({ owner }: Pick<RunningPurser, 'owner'>) =>
  owner.prisma.session.updateMany({ where: { loginAsId: null }, data: { provedAt: new Date() } })

/** Whether the answer to a form is the page that asks for the password again. */
export const askedForProof = ({ status, html }: Answer) =>
  status === 403 && html.querySelector('form[action$="/proof"] input[name="password"]') !== null
