import { t } from '../words/words.ts'
import { event } from '../events/event.ts'

export const customerMoved = event<{ from: string; fromTeamId: string; to: string; toTeamId: string }>(
  'customer.moved',
  t('Customer moved to another team'),
  ({ from, to }) => t('moved the customer from team {from} to team {to}', { from, to }),
)

export const teamRenamed = event<{ from: string; to: string; teamId: string }>(
  'team.renamed',
  t('Team renamed'),
  ({ from, to }) => t('renamed team {from} to {to}', { from, to }),
)
