import { action } from '../actions/action.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { changesBetween, type Changes, changesInWords, type FieldNames } from '../events/changes.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { savedMeanwhile } from '../events/saved-meanwhile.ts'
import type { Reseller } from '../generated/prisma/client.ts'
import { formatsFor } from '../words/format.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { currencyScale } from './currencies.ts'
import { SettingsForm } from './forms.ts'
import { asTyped, sessionLimitsAsTyped, settingsOf, thresholdAsTyped } from './settings.ts'

const FIELD_NAMES: FieldNames = {
  name: t('name'),
  address: t('address'),
  supportEmail: t('support e-mail'),
  timeZone: t('time zone'),
  locale: t('locale'),
  currency: t('currency'),
  sendsMail: t('whether e-mail is sent'),
  lowBalanceThreshold: t('threshold of low-balance alerts'),
  lowBalanceToCustomer: t('whether customers get low-balance alerts'),
  lowBalanceToStaff: t('whether staff get low-balance alerts'),
  staffIdleMinutesMax: t('minutes after which inactive staff are logged out'),
  staffAbsoluteHoursMax: t('hours after which staff are logged out'),
  customerIdleMinutesMax: t('minutes after which inactive customers are logged out'),
  customerAbsoluteHoursMax: t('hours after which customers are logged out'),
}

const resellerChanged = event<Changes>('reseller.changed', t('Settings changed'), (changes) =>
  t('changed the settings: {changes}', { changes: changesInWords(changes, FIELD_NAMES) }),
)

/**
 * Changes the reseller's settings; returns the names of those that changed. Locks the reseller.
 *
 * @throws 409 for an older version than the current one, see savedMeanwhile()
 * @throws 422 for another currency after something was posted (the database refuses it too), while amounts are set in the old one, or
 * without a threshold of alerts where there is one
 */
export const ChangeSettings = action({
  may: ['reseller.manage'],
  proof: true,
  leaves: [resellerChanged],
  on: async () => null,
  input: ({ actor }) => SettingsForm(actor.reseller),
  run: ({ actor }, _none, { version, currency, sendsMail, alerts, sessionLimits, ...plain }) =>
    transaction(actor, async (db) => {
      const { id } = actor.reseller
      await db.$queryRaw`select from resellers where id = ${id} for update`
      const reseller = await db.reseller.findUniqueOrThrow({ where: { id } })
      const code = currency ?? reseller.currency
      const scale = currencyScale(code)
      const wanted = {
        ...plain,
        ...sessionLimitsAsTyped(sessionLimits),
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
          ...sessionLimits,
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
    }),
})

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

/** Refuses to take the threshold along into another currency without asking: the form that changes the currency brings a new one, or none. */
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
