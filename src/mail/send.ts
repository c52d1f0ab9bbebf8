import { databaseTime } from '../database/clock.ts'
import type { Mail, MailState } from '../generated/prisma/client.ts'
import type { Handler } from '../jobs/worker.ts'
import { OutsideFailure } from '../log.ts'
import type { Services } from '../services.ts'
import {
  inOneLine,
  isLoginRefused,
  isNotThisMails,
  isRefusedForGood,
  MailLoginRefused,
  MailServerAway,
  type Letter,
  type Sender,
} from './sender.ts'
import { sendWaitingNow } from './waiting.ts'

/** After this many attempts, over some twelve hours, a mail counts as failed. */
export const ATTEMPTS_MAX = 12

/** One that waited so long for a mail server that was away, and was tried before, counts as failed too. */
const WAITS_MS_MAX = 12 * 60 * 60_000

/** Puts a mail into words; `fate`: why a link in it is no longer good. */
type WriteLetter = (services: Services, mail: Mail) => Promise<Letter & { fate: string | null }>

/**
 * The job that sends one mail. Without a mail server it is kept. It fails if it is refused for good, was tried too often, or has a dead
 * link; otherwise the job is tried again later. Attempts are not used up while the mail server is away; the next mail that it accepts,
 * or waiting.ts, resumes the others.
 *
 * At least once: a process that is killed after the server has accepted a mail sends it again, with the same Message-ID. An attempt is
 * counted before it is made, so even a process that is killed each time stops at ATTEMPTS_MAX.
 */
export function sendMailJob(sender: Sender | null, writeLetter: WriteLetter): Handler<'send-mail', Services> {
  let wasAway = false
  return async (services, { resellerId, mailId }, signal) => {
    const { prisma } = services.database
    const mail = await prisma.mail.findUnique({
      where: { resellerId_id: { resellerId, id: mailId } },
      include: { reseller: { select: { sendsMail: true } } },
    })
    if (mail?.state !== 'waiting') return
    if (!sender || !mail.reseller.sendsMail) return settle(services, mail, 'kept')
    if (mail.attempts >= ATTEMPTS_MAX) return settle(services, mail, 'failed')

    const letter = await writeLetter(services, mail)
    if (letter.fate) return settle(services, mail, 'failed')
    if (!(await countAttempt(services, mail))) return
    try {
      await sender.send(letter, { id: mail.id, to: mail.toEmail }, signal)
    } catch (error) {
      // Told to stop by our own end: nothing is wrong with the mail, and the next worker goes on.
      if (signal.aborted) throw error
      const lastError = inOneLine(error)
      const isAway = isNotThisMails(error)
      const attempts = await attemptsUsed(sender, mail, error)
      if (
        isRefusedForGood(error) ||
        attempts >= ATTEMPTS_MAX ||
        (isAway && (await waitsTooLong(services, mail)))
      ) {
        return settle(services, mail, 'failed', lastError)
      }
      await prisma.mail.updateMany({
        where: { resellerId, id: mailId, state: 'waiting' },
        data: { lastError, attempts },
      })
      wasAway ||= isAway
      throw failureOf(error, lastError)
    }
    await settle(services, mail, 'sent')
    if (!wasAway) return
    wasAway = false
    await sendWaitingNow(services)
  }
}

/** What the queue is told, without the error itself: a server may have quoted the mail. */
function failureOf(error: unknown, lastError: string): OutsideFailure {
  if (isLoginRefused(error)) return new MailLoginRefused(lastError)
  return isNotThisMails(error) ? new MailServerAway(lastError) : new OutsideFailure(lastError)
}

/**
 * How many attempts the mail has used up with the one that failed: one more where the server answers, so that a mail which makes it hang
 * up each time is given up as well.
 */
async function attemptsUsed(sender: Sender, { attempts }: Mail, error: unknown): Promise<number> {
  if (!isNotThisMails(error)) return attempts + 1
  return !isLoginRefused(error) && (await sender.answers()) ? attempts + 1 : attempts
}

async function waitsTooLong({ database }: Services, { createdAt, lastError }: Mail): Promise<boolean> {
  return lastError !== null && createdAt < (await databaseTime(database.prisma, -WAITS_MS_MAX))
}

/** False when another worker has this mail in hand. */
async function countAttempt({ database }: Services, { resellerId, id, attempts }: Mail): Promise<boolean> {
  const { count } = await database.prisma.mail.updateMany({
    where: { resellerId, id, state: 'waiting', attempts },
    data: { attempts: attempts + 1 },
  })
  return count === 1
}

async function settle(
  { database }: Services,
  { resellerId, id }: Mail,
  state: MailState,
  lastError?: string,
) {
  const sent = state === 'sent' ? { sentAt: await databaseTime(database.prisma), lastError: null } : {}
  await database.prisma.mail.updateMany({
    where: { resellerId, id, state: 'waiting' },
    data: { state, ...(lastError && { lastError }), ...sent },
  })
}
