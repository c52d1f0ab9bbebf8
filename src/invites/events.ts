import { event } from '../events/event.ts'
import { t } from '../words/words.ts'

export const inviteMade = event<{ invite: string; kind: string; email: string }>(
  'invite.made',
  t('Invite created'),
  ({ kind, email }) => {
    if (email) return t('invited {email}', { email })
    return kind === 'reusable' ? t('created a reusable invite link') : t('created a single invite')
  },
)

export const inviteRegenerated = event<{ invite: string; email: string }>(
  'invite.regenerated',
  t('Invite regenerated'),
  ({ email }) =>
    email ? t('regenerated the invite for {email}', { email }) : t('regenerated an invite link'),
)

export const inviteRevoked = event<{ invite: string; email: string }>(
  'invite.revoked',
  t('Invite revoked'),
  ({ email }) => (email ? t('revoked the invite for {email}', { email }) : t('revoked an invite')),
)

export const inviteResent = event<{ invite: string; email: string }>(
  'invite.resent',
  t('Invite sent again'),
  ({ email }) => t('sent the invite to {email} again', { email }),
)

export const customerRegistered = event<{
  email: string
  team: string
  teamId: string
  invite: string
  invitedBy: string
  tags: readonly string[]
}>('customer.registered', t('Customer registered'), ({ email, invitedBy }) =>
  invitedBy
    ? t('registered as {email}, invited by {invitedBy}', { email, invitedBy })
    : t('registered as {email} with the invite link', { email }),
)
