import { event } from '../../events/event.ts'
import { roleName } from '../../people/roles.ts'
import { type LimitsChanged, limitsInWords } from '../../staff/events.ts'
import type { Formats } from '../../words/format.ts'
import { type Sentence, t } from '../../words/words.ts'

/** Limits that are raised, of several roles: the role and name of each, and what it was and will be, in the same order; see LimitsChanged. */
export type Raised = Omit<LimitsChanged, 'role'> & { roles: readonly string[] }

/** As a row or a mail keeps them. */
export const raisedJson = ({ roles, changed, before, after }: Raised) => ({
  roles: [...roles],
  changed: [...changed],
  before: [...before],
  after: [...after],
})

/** "Finance: maximum per posting from 500.00 USD to none", of each. */
export const raisedInWords = (
  { roles, changed, before, after }: Raised,
  money: Formats['money'],
): Sentence[] =>
  roles.map((role, place) =>
    t('{role}: {changes}', {
      role: roleName(role),
      changes: limitsInWords(
        {
          changed: changed.slice(place, place + 1),
          before: before.slice(place, place + 1),
          after: after.slice(place, place + 1),
        },
        money,
      ),
    }),
  )

export const limitsSet = event<LimitsChanged>(
  'limits.set',
  t('Limits set'),
  ({ role, ...changes }, { money }) =>
    t('set the limits of {role}: {changes}', {
      role: roleName(role),
      changes: limitsInWords(changes, money),
    }),
)

export const limitsRaiseAsked = event<Raised & { raise: string; approval: boolean }>(
  'limits.raise_asked',
  t('Higher limits requested'),
  ({ approval, ...raised }, { money }) =>
    approval
      ? t('requested higher limits, which another Owner must approve: {changes}', {
          changes: raisedInWords(raised, money),
        })
      : t('requested higher limits, which take effect after a day: {changes}', {
          changes: raisedInWords(raised, money),
        }),
)

type Decided = Raised & { raise: string; askedBy: string }

export const limitsRaiseApproved = event<Decided & { comment: string }>(
  'limits.raise_approved',
  t('Higher limits approved'),
  ({ askedBy, ...raised }, { money }) =>
    t('approved the higher limits that {askedBy} requested: {changes}', {
      askedBy,
      changes: raisedInWords(raised, money),
    }),
)

export const limitsRaiseRejected = event<Decided & { comment: string }>(
  'limits.raise_rejected',
  t('Higher limits rejected'),
  ({ askedBy, comment, ...raised }, { money }) =>
    t('rejected the higher limits that {askedBy} requested ({changes}): {comment}', {
      askedBy,
      comment,
      changes: raisedInWords(raised, money),
    }),
)

export const limitsRaiseWithdrawn = event<Raised & { raise: string; comment: string }>(
  'limits.raise_withdrawn',
  t('Higher limits withdrawn'),
  (raised, { money }) =>
    t('withdrew the request for higher limits: {changes}', { changes: raisedInWords(raised, money) }),
)

export const limitsRaiseTookEffect = event<Decided>(
  'limits.raise_took_effect',
  t('Higher limits took effect'),
  ({ askedBy, ...raised }, { money }) =>
    t('set the higher limits that {askedBy} requested a day before: {changes}', {
      askedBy,
      changes: raisedInWords(raised, money),
    }),
)

export const limitsRaiseLapsed = event<Decided>(
  'limits.raise_lapsed',
  t('Higher limits not set'),
  ({ askedBy, ...raised }, { money }) =>
    t(
      'did not set the higher limits that {askedBy} requested, because the limits or the Owner’s role had changed: {changes}',
      { askedBy, changes: raisedInWords(raised, money) },
    ),
)
