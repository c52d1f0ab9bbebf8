import type { Response } from 'express'
import { RenewRecoveryCodes } from '../../../account/factors.ts'
import { form } from '../../../actions/form.ts'
import { showNoForm } from '../../../forms/form.ts'
import { paths } from '../../../paths.ts'
import { loadStaffActorAgain } from '../../../people/load-actor.ts'
import { pageLocals } from '../../../people/page-locals.ts'
import { page } from '../../../web/page.ts'
import { type Sentence, t } from '../../../words/words.ts'
import { factorPages } from '../../pages.ts'

declare module '../../../web/page.ts' {
  interface Views {
    'account/factors/recovery-codes': {
      codes: readonly string[]
      /** What was added with them, or null where they replace others. */
      added: Sentence | null
    }
  }
}

form(factorPages, '/account/factors/recovery-codes', RenewRecoveryCodes, {
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

/** The same, with the first factor: everything that waited for one is open again. */
export async function showCodesOfFactor(res: Response, codes: readonly string[], added: Sentence) {
  await loadStaffActorAgain(res.req)
  pageLocals(res.req, res, () => showRecoveryCodes(res, codes, { added }))
}
