import { z } from 'zod'
import { LINK, template, toPage } from '../mail/template.ts'
import { paths } from '../paths.ts'
import { type FormatSettings, formatsFor } from '../words/format.ts'
import { type Values, t } from '../words/words.ts'
import { KINDS, KIND_NAMES } from './kinds.ts'
import { raisedInWords } from './raises/events.ts'

/** A posting that waits for a second person, or did. */
const Waiting = z.object({
  waitingId: z.string(),
  /** The customer's address. */
  customer: z.string(),
  kind: z.enum(KINDS),
  /** Minor units. */
  amount: z.string(),
})
type Waiting = z.output<typeof Waiting>

/** A balance that fell below its threshold; minor units. */
const LowBalance = z.object({ balance: z.string(), threshold: z.string() })
type LowBalance = z.output<typeof LowBalance>

/** Where a posting that waits is decided. */
const toApproval = (_on: unknown, { values: { waitingId } }: { values: Waiting }) =>
  toPage(paths.approval({ id: waitingId }))

/** To those who may approve a posting that waits for a second person. */
export const postingWaitsMail = template({
  name: 'posting-waits',
  label: t('Posting needs approval'),
  values: Waiting.extend({ maker: z.string() }),
  write: ({ maker, ...waiting }, { reseller }) => {
    const said = { maker, ...inWords(waiting, reseller) }
    return {
      subject: t('Approval needed: {kind} of {amount}', said),
      paragraphs: [
        t(
          '{maker} entered a posting for {customer} ({kind}, {amount}). It needs your approval or that of another colleague.',
          said,
        ),
        LINK,
        t('Nothing is posted until it is approved. It expires after 72 hours.'),
      ],
      link: t('Review the posting'),
    }
  },
  way: toApproval,
})

/** To who entered it: what became of it. `by`: who decided, '' where nobody did. */
export const postingDecidedMail = template({
  name: 'posting-decided',
  label: t('Posting decided'),
  values: Waiting.extend({
    outcome: z.enum(['approved', 'rejected', 'expired']),
    by: z.string(),
    comment: z.string(),
  }),
  write: ({ outcome, by, comment, ...waiting }, { reseller }) => {
    const said = { by, ...inWords(waiting, reseller) }
    return {
      subject: OUTCOMES[outcome].subject(said),
      paragraphs: [
        OUTCOMES[outcome].sentence(said),
        ...(comment ? [t('Comment: {comment}', { comment })] : []),
        LINK,
      ],
      link: t('View the posting'),
    }
  },
  way: toApproval,
})

/** To the customer. */
export const lowBalanceMail = template({
  name: 'low-balance',
  label: t('Low balance'),
  values: LowBalance.extend({ toConsole: z.literal(true).default(true) }),
  write: (low, { reseller }) => {
    const said = { reseller: reseller.name, ...sumsOf(low, reseller) }
    return {
      subject: t('Your balance at {reseller} is low', said),
      paragraphs: [t('Your balance at {reseller} is {balance}, which is below {threshold}.', said), LINK],
      link: t('Open your account'),
    }
  },
  way: (_on, { reseller }) => toPage(paths.consoleLoginOf(reseller.slug)),
})

/** To staff, of a customer. */
export const customerLowBalanceMail = template({
  name: 'customer-low-balance',
  label: t('Low balance of a customer'),
  values: LowBalance.extend({ customerId: z.string(), customer: z.string() }),
  write: ({ customer, ...low }, { reseller }) => {
    const said = { customer, ...sumsOf(low, reseller) }
    return {
      subject: t('Low balance: {customer}', said),
      paragraphs: [
        t('The balance of {customer} has fallen to {balance}, which is below {threshold}.', said),
        LINK,
        t('You will be notified again if the balance recovers and then falls below the threshold again.'),
      ],
      link: t('View the customer'),
    }
  },
  way: (_on, { values }) => toPage(paths.customer({ id: values.customerId })),
})

/** Limits that an Owner wants to raise, in minor units: see Raised. */
const RaisedLimits = z.object({
  raiseId: z.string(),
  roles: z.array(z.string()),
  changed: z.array(z.string()),
  before: z.array(z.string()),
  after: z.array(z.string()),
})
type RaisedLimits = z.output<typeof RaisedLimits>

const raisedSentences = (raised: RaisedLimits, reseller: FormatSettings) =>
  raisedInWords(raised, formatsFor(reseller).money)

/** Where a raise of limits is decided. */
const toRaise = (_on: unknown, { values: { raiseId } }: { values: RaisedLimits }) =>
  toPage(paths.raise({ id: raiseId }))

/** To the Owners: limits are to be raised. takesEffectAt: when that happens by itself; '' where they have to approve it. isOwn: by the reader. */
export const raiseWaitsMail = template({
  name: 'limit-raise-waits',
  label: t('Higher limits requested'),
  values: RaisedLimits.extend({
    ...{ asker: z.string(), takesEffectAt: z.string() },
    isOwn: z.boolean().default(false),
  }),
  write: ({ asker, takesEffectAt, isOwn, ...raised }, { reseller }) => ({
    subject: takesEffectAt ? t('Higher limits in one day') : t('Approval needed: higher limits'),
    paragraphs: [
      takesEffectAt
        ? t(
            '{asker} requested higher limits for the staff of {reseller}. No other Owner can approve them, so they take effect on {time}:',
            {
              asker,
              reseller: reseller.name,
              time: formatsFor(reseller).deadline(new Date(takesEffectAt)),
            },
          )
        : t(
            '{asker} requested higher limits for the staff of {reseller}. They take effect when you or another Owner approves them:',
            { asker, reseller: reseller.name },
          ),
      ...raisedSentences(raised, reseller),
      LINK,
      takesEffectAt
        ? isOwn
          ? t('If this was not you, withdraw the request before then and change your password.')
          : t('If you did not expect this, reject the request before then.')
        : t('Nothing changes until it is approved.'),
    ],
    link: t('Review the request'),
  }),
  way: toRaise,
})

/** To who asked for it: what became of limits that were to be raised. `by`: who decided, '' where nobody did. */
export const raiseDecidedMail = template({
  name: 'limit-raise-decided',
  label: t('Higher limits decided'),
  values: RaisedLimits.extend({
    outcome: z.enum(['approved', 'rejected', 'effective', 'lapsed']),
    by: z.string(),
    comment: z.string(),
  }),
  write: ({ outcome, by, comment, ...raised }, { reseller }) => ({
    subject: RAISE_OUTCOMES[outcome].subject,
    paragraphs: [
      RAISE_OUTCOMES[outcome].sentence({ by }),
      ...raisedSentences(raised, reseller),
      ...(comment ? [t('Comment: {comment}', { comment })] : []),
      LINK,
    ],
    link: t('View the request'),
  }),
  way: toRaise,
})

const RAISE_OUTCOMES = {
  approved: {
    subject: t('Approved: higher limits'),
    sentence: (said: Values) => t('{by} approved the higher limits you requested. They are set:', said),
  },
  rejected: {
    subject: t('Rejected: higher limits'),
    sentence: (said: Values) =>
      t('{by} rejected the higher limits you requested. The limits are unchanged:', said),
  },
  effective: {
    subject: t('Higher limits took effect'),
    sentence: () => t('The higher limits you requested a day ago are set:'),
  },
  lapsed: {
    subject: t('Higher limits not set'),
    sentence: () =>
      t(
        'The higher limits you requested a day ago were not set, because the limits or your role had changed since:',
      ),
  },
} as const

const OUTCOMES = {
  approved: {
    subject: (said: Values) => t('Approved: {kind} of {amount}', said),
    sentence: (said: Values) =>
      t('{by} approved the posting you entered for {customer} ({kind}, {amount}). It has been posted.', said),
  },
  rejected: {
    subject: (said: Values) => t('Rejected: {kind} of {amount}', said),
    sentence: (said: Values) =>
      t('{by} rejected the posting you entered for {customer} ({kind}, {amount}). Nothing was posted.', said),
  },
  expired: {
    subject: (said: Values) => t('Expired: {kind} of {amount}', said),
    sentence: (said: Values) =>
      t(
        'No one approved or rejected the posting you entered for {customer} ({kind}, {amount}) within 72 hours. Nothing was posted.',
        said,
      ),
  },
} as const

function inWords({ customer, kind, amount }: Waiting, reseller: FormatSettings) {
  return { customer, kind: KIND_NAMES[kind], amount: formatsFor(reseller).money(BigInt(amount)) }
}

function sumsOf({ balance, threshold }: LowBalance, reseller: FormatSettings) {
  const { money } = formatsFor(reseller)
  return { balance: money(BigInt(balance)), threshold: money(BigInt(threshold)) }
}
