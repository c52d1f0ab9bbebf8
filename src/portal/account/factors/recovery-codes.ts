import type { Response } from 'express'
import { RenewRecoveryCodes } from '../../../account/factors.ts'
import { form } from '../../../actions/form.ts'
import { showNoForm } from '../../../forms/form.ts'
import { paths } from '../../../paths.ts'
import { page } from '../../../web/page.ts'
import { type Sentence, t } from '../../../words/words.ts'
import { pages } from '../../pages.ts'

declare module '../../../web/page.ts' {
  interface Views {
    'account/factors/recovery-codes': {
      codes: readonly string[]
      /** What was added with them, or null where they replace others. */
      added: Sentence | null
    }
  }
}

form(pages, '/account/factors/recovery-codes', RenewRecoveryCodes, {
  formAt: () => paths.ownFactors(),
  show: showNoForm,
  next: (res, { codes }) => ({ render: () => showRecoveryCodes(res, codes, { added: null }) }),
})

/** Shows new recovery codes, the one time that they are. */
export function showRecoveryCodes(
  res: Response,
  codes: readonly string[],
  { added }: { added: Sentence | null },
) {
  page(res, 'account/factors/recovery-codes', { title: t('Save your recovery codes'), codes, added })
}
