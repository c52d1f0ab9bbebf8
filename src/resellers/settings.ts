import { resellerChanged, resellerTestMailSent } from './events.ts'
import { changesBetween } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { savedMeanwhile } from '../events/saved-meanwhile.ts'
import { type Transaction, transaction } from '../database/client.ts'
import type { Reseller } from '../generated/prisma/client.ts'
import { queueMail } from '../mail/outbox.ts'
import { testMail } from './mails.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { formatsFor, plainAmount } from '../web/format.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import { currencyScale } from './currencies.ts'
import type { Settings } from './forms.ts'

const settingsOf = (reseller: Reseller) => {
  const { name, address, supportEmail, timeZone, locale, currency, sendsMail } = reseller
  return {
    ...{ name, address, supportEmail, timeZone, locale, currency },
    sendsMail: asTyped(sendsMail),
    lowBalanceThreshold: thresholdAsTyped(reseller.lowBalanceThreshold, reseller.currencyScale),
    lowBalanceToCustomer: asTyped(reseller.lowBalanceToCustomer),
    lowBalanceToStaff: asTyped(reseller.lowBalanceToStaff),
  }
}

const asTyped = (ticked: boolean) => (ticked ? 'on' : '')
const thresholdAsTyped = (threshold: bigint | null, scale: number) =>
  threshold === null ? '' : plainAmount(threshold, scale)

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
 * see savedMeanwhile(); 422, another currency once something was posted (the database refuses it too), while sums are set in
 * this one or without its own threshold of alerts where there is one. Locks the reseller.
 */
export async function changeSettings(
  actor: Actor,
  { version, currency, sendsMail, alerts, ...plain }: Settings,
): Promise<readonly string[]> {
  mustBeAllowed(actor, 'reseller.manage')
  return transaction(actor, async (db) => {
    const { id } = actor.reseller
    await db.$queryRaw`select from resellers where id = ${id} for update`
    const reseller = await db.reseller.findUniqueOrThrow({ where: { id } })
    const code = currency ?? reseller.currency
    const scale = currencyScale(code)
    const wanted = {
      ...plain,
      currency: code,
      sendsMail: asTyped(sendsMail),
      ...(alerts && {
        lowBalanceThreshold: thresholdAsTyped(alerts.threshold, scale),
        lowBalanceToCustomer: asTyped(alerts.lowBalanceToCustomer),
        lowBalanceToStaff: asTyped(alerts.lowBalanceToStaff),
      }),
    }
    const changes = changesBetween(settingsOf(reseller), wanted)
    if (changes.changed.length === 0) return []
    if (reseller.version !== version) {
      throw await savedMeanwhile(db, actor, {
        ...{ event: resellerChanged, now: settingsOf(reseller), wanted },
        changesAgo: reseller.version - version,
        seen: { version: String(reseller.version) },
      })
    }
    if (
      wanted.currency !== reseller.currency &&
      (await db.posting.count({ where: { resellerId: id }, take: 1 })) > 0
    ) {
      throw new Refusal(
        422,
        t('The currency cannot be changed because there are postings in {currency}.', {
          currency: reseller.currency,
        }),
      )
    }
    if (wanted.currency !== reseller.currency) {
      await mustHoldNoSums(db, reseller)
      if (!alerts) mustHaveNoThreshold(reseller)
    }
    await db.reseller.updateMany({
      where: { id, version },
      data: {
        ...plain,
        currency: code,
        currencyScale: scale,
        sendsMail,
        ...(alerts && {
          lowBalanceThreshold: alerts.threshold,
          lowBalanceToCustomer: alerts.lowBalanceToCustomer,
          lowBalanceToStaff: alerts.lowBalanceToStaff,
        }),
        version: { increment: 1 },
      },
    })
    await record(db, actor, resellerChanged, changes)
    return changes.changed
  })
}

/**
 * Refuses another currency while limits, overdrafts, thresholds, opening credits of invites or postings that wait are set in this one:
 * their numbers would mean other sums. An invite that has expired counts too, because it can be regenerated.
 */
async function mustHoldNoSums(db: Transaction, { id, currency }: Pick<Reseller, 'id' | 'currency'>) {
  const [row] = await db.$queryRaw<{ holds: boolean }[]>`
    select exists (select from roles where reseller_id = ${id} and coalesce(entry_max, day_max, approval_above) is not null)
        or exists (select from customers where reseller_id = ${id} and (overdraft > 0 or low_balance_threshold is not null))
        or exists (select from invites where reseller_id = ${id} and credits > 0 and revoked_at is null
                   and (max_uses is null or uses < max_uses))
        or exists (select from waiting_postings where reseller_id = ${id} and state = 'waiting') as holds`
  if (!row?.holds) return
  throw new Refusal(
    422,
    t(
      'There are still amounts in {currency}: role limits, customers’ overdrafts or thresholds, invites with opening credits, or waiting postings. Remove, revoke or decide them first.',
      { currency },
    ),
    { field: 'currency' },
  )
}

/** Refuses to take the threshold along into another currency without a word: the form that changes it brings one, or none. */
function mustHaveNoThreshold(reseller: Reseller) {
  if (reseller.lowBalanceThreshold === null) return
  throw new Refusal(
    422,
    t('The alert threshold is {threshold}. Enter it in the new currency, or leave it empty.', {
      threshold: formatsFor(reseller).money(reseller.lowBalanceThreshold),
    }),
    { field: 'lowBalanceThreshold' },
  )
}

/** Queues a test mail to whoever asks for it. */
export function sendTestMail(actor: Actor): Promise<{ to: string }> {
  mustBeAllowed(actor, 'reseller.manage')
  const to = actor.name
  return transaction(actor, async (db) => {
    await queueMail(db, actor.queue, {
      resellerId: actor.reseller.id,
      to,
      template: testMail,
      values: { sentBy: actor.displayName },
      person: { staffId: actor.id as string },
    })
    await record(db, actor, resellerTestMailSent, { to })
    return { to }
  })
}

/** What became of the last test mail that this person sent; null where there was none. It says nothing that a mail's text would. */
export function lastTestMail(actor: Actor) {
  mustBeAllowed(actor, 'reseller.manage')
  return actor.database.prisma.mail.findFirst({
    where: { resellerId: actor.reseller.id, staffId: actor.id, template: testMail.name },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    select: { toEmail: true, state: true, lastError: true, createdAt: true, sentAt: true },
  })
}
