import type { TeamType } from '../generated/prisma/client.ts'
import { type Sentence, t } from '../words/words.ts'

export const TEAM_TYPE_NAMES: Readonly<Record<TeamType, Sentence>> = {
  default: t('Default'),
  individual: t('Individual'),
  enterprise: t('Enterprise'),
}
