import type { Reseller } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { plainAmount } from '../words/format.ts'

/** The settings as a form has them. */
export const settingsOf = (reseller: Reseller) => {
  const { name, address, supportEmail, timeZone, locale, currency, sendsMail } = reseller
  return {
    ...{ name, address, supportEmail, timeZone, locale, currency },
    sendsMail: asTyped(sendsMail),
    lowBalanceThreshold: thresholdAsTyped(reseller.lowBalanceThreshold, reseller.currencyScale),
    lowBalanceToCustomer: asTyped(reseller.lowBalanceToCustomer),
    lowBalanceToStaff: asTyped(reseller.lowBalanceToStaff),
    ...sessionLimitsAsTyped(reseller),
  }
}

/** The names of how long sessions live, see session-limits.ts. */
export const SESSION_LIMITS = [
  'staffIdleMinutesMax',
  'staffAbsoluteHoursMax',
  'customerIdleMinutesMax',
  'customerAbsoluteHoursMax',
] as const

/** Those that are known: what a form has not sent stays as it is. */
export type ChosenLimits = { [Name in (typeof SESSION_LIMITS)[number]]?: number }

/** How long sessions live, as a form has it. */
export const sessionLimitsAsTyped = (limits: ChosenLimits): Record<string, string> =>
  Object.fromEntries(
    SESSION_LIMITS.flatMap((name) => (limits[name] === undefined ? [] : [[name, String(limits[name])]])),
  )

/** A box as a form has it: ticked or not. */
export const asTyped = (ticked: boolean) => (ticked ? 'on' : '')
/** The low-balance threshold as a form has it; '' for none. `threshold`: minor units. */
export const thresholdAsTyped = (threshold: bigint | null, scale: number) =>
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
