import { newId } from '../../src/database/id.ts'
import type { Prisma } from '../../src/generated/prisma/client.ts'
import { LINK_MINUTES } from '../../src/people/one-time-link.ts'
import type { Chance } from './chance.ts'
import type { DemoCustomer } from './people.ts'

interface Written {
  mails: Prisma.MailCreateManyInput[]
  links: Prisma.OneTimeLinkCreateManyInput[]
}

/**
 * The mails of the newest customers: each was sent a link to set a password, and a verification where the address is not verified
 * yet; whoever registered through an invite was sent a verification alone. A mail is kept unless a server once took it or refused it: the demo itself sends none.
 */
export function makeMails(chance: Chance, customers: readonly DemoCustomer[], now: Date): Written {
  const newest = [...customers]
    .sort((a, b) => b.row.registeredAt.getTime() - a.row.registeredAt.getTime())
    .slice(0, 60)
  const written: Written = { mails: [], links: [] }
  for (const { row } of newest) {
    const hasSet = row.emailVerifiedAt instanceof Date
    if (row.inviteId) {
      write(chance, written, row, 'verify-email', hasSet ? (row.emailVerifiedAt as Date) : null, now)
      continue
    }
    write(chance, written, row, 'set-password', hasSet ? (row.emailVerifiedAt as Date) : null, now)
    if (!hasSet) write(chance, written, row, 'verify-email', null, now)
  }
  return written
}

function write(
  chance: Chance,
  { mails, links }: Written,
  { resellerId, id: customerId, email, registeredAt }: DemoCustomer['row'],
  template: 'set-password' | 'verify-email',
  usedAt: Date | null,
  now: Date,
) {
  const createdAt = new Date(registeredAt.getTime() + chance.whole(1, 900))
  const minutes = template === 'set-password' ? LINK_MINUTES.newCustomer : LINK_MINUTES.verification
  const linkId = newId(createdAt)
  links.push({
    resellerId,
    id: linkId,
    purpose: template === 'set-password' ? 'set_password' : 'verify_email',
    delivery: 'mailed',
    customerId,
    email,
    createdAt,
    expiresAt: new Date(createdAt.getTime() + minutes * 60_000),
    usedAt,
  })
  const values = template === 'set-password' ? { linkId, why: 'new_customer' } : { linkId }
  mails.push({
    resellerId,
    id: newId(createdAt),
    toEmail: email,
    customerId,
    template,
    values,
    createdAt,
    ...fate(chance, createdAt, usedAt !== null, now),
  })
}

function fate(chance: Chance, createdAt: Date, wasRead: boolean, now: Date) {
  const sent = {
    state: 'sent',
    attempts: 1,
    sentAt: new Date(createdAt.getTime() + chance.whole(800, 9_000)),
  } as const
  if (wasRead) return sent
  if (chance.happens(0.15)) {
    return {
      state: 'failed',
      attempts: 1,
      lastError: '550 5.1.1 The email account that you tried to reach does not exist',
    } as const
  }
  const isOld = now.getTime() - createdAt.getTime() > 10 * 24 * 60 * 60_000
  return isOld ? sent : ({ state: 'kept' } as const)
}
