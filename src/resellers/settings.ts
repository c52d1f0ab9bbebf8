import { changesBetween } from '../audit/changes.ts'
import { record } from '../audit/record.ts'
import { transaction } from '../database/client.ts'
import type { Reseller } from '../generated/prisma/client.ts'
import { queueMail } from '../mail/outbox.ts'
import { type Actor, mustBeAllowed } from '../sessions/actor.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import { mustBeKnownToDatabase } from './choices.ts'
import { currencyScale } from './currencies.ts'
import type { Settings } from './forms.ts'

const settingsOf = ({ name, address, supportEmail, timeZone, locale, currency, sendsMail }: Reseller) => ({
  name,
  address,
  supportEmail,
  timeZone,
  locale,
  currency,
  sendsMail: sendsMail ? 'on' : '',
})

/** What the settings page shows: the settings with their version, and whether the currency is fixed. */
export async function findSettings(actor: Actor) {
  mustBeAllowed(actor, 'reseller.manage')
  const { prisma } = actor.database
  const { id } = actor.reseller
  const reseller = await prisma.reseller.findUniqueOrThrow({ where: { id } })
  const isCurrencyFixed = (await prisma.posting.count({ where: { resellerId: id }, take: 1 })) > 0
  return {
    settings: { ...settingsOf(reseller), version: String(reseller.version) },
    slug: reseller.slug,
    isCurrencyFixed,
  }
}

/**
 * Changes the reseller's settings; says which. What stands there already is no change. Refuses, 409, an older version than there is,
 * with what stands there now; 422, another currency once something was posted (the database refuses it too), and a time zone that
 * the database does not know. Locks the reseller.
 */
export async function changeSettings(
  actor: Actor,
  { version, currency, sendsMail, ...plain }: Settings,
): Promise<readonly string[]> {
  mustBeAllowed(actor, 'reseller.manage')
  await mustBeKnownToDatabase(actor.database.pool, plain.timeZone)
  return transaction(actor, async (db) => {
    const { id } = actor.reseller
    await db.$queryRaw`select from resellers where id = ${id} for update`
    const reseller = await db.reseller.findUniqueOrThrow({ where: { id } })
    const wanted = { ...plain, currency: currency ?? reseller.currency, sendsMail: sendsMail ? 'on' : '' }
    const changes = changesBetween(settingsOf(reseller), wanted)
    if (changes.changed.length === 0) return []
    if (reseller.version !== version) throw savedMeanwhile(reseller)
    if (
      wanted.currency !== reseller.currency &&
      (await db.posting.count({ where: { resellerId: id }, take: 1 })) > 0
    ) {
      throw new Refusal(
        422,
        t('The currency is fixed: money has been posted in {currency}.', { currency: reseller.currency }),
      )
    }
    await db.reseller.updateMany({
      where: { id, version },
      data: {
        ...wanted,
        sendsMail,
        currencyScale: currencyScale(wanted.currency),
        version: { increment: 1 },
      },
    })
    await record(db, actor, 'reseller.changed', changes)
    return changes.changed
  })
}

/** Queues a test mail to whoever asks for it. */
export function sendTestMail(actor: Actor): Promise<{ to: string }> {
  mustBeAllowed(actor, 'reseller.manage')
  const to = actor.name
  return transaction(actor, async (db) => {
    await queueMail(db, actor.queue, {
      resellerId: actor.reseller.id,
      to,
      template: 'test',
      values: { sentBy: actor.displayName },
      person: { staffId: actor.id as string },
    })
    await record(db, actor, 'reseller.test_mail_sent', { to })
    return { to }
  })
}

/** What became of the last test mail that this person sent; null where there was none. It says nothing that a mail's text would. */
export function lastTestMail(actor: Actor) {
  mustBeAllowed(actor, 'reseller.manage')
  return actor.database.prisma.mail.findFirst({
    where: { resellerId: actor.reseller.id, staffId: actor.id, template: 'test' },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    select: { toEmail: true, state: true, attempts: true, lastError: true, createdAt: true, sentAt: true },
  })
}

function savedMeanwhile(reseller: Reseller): Refusal {
  return new Refusal(
    409,
    t(
      'Somebody else saved the settings meanwhile. What stands there now is shown at each field that differs.',
    ),
    { facts: { now: { ...settingsOf(reseller), version: String(reseller.version) } } },
  )
}
