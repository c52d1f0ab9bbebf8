import type { Response } from 'express'
import { asks, form } from '../../actions/form.ts'
import { findChecks } from '../../ledger/verification/check.ts'
import { StartVerification } from '../../ledger/verification/start.ts'
import { paths } from '../../paths.ts'
import { staffNames } from '../../staff/names.ts'
import { showNoForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'ledger/verification': Awaited<ReturnType<typeof findChecks>> & {
      staffNames: Readonly<Record<string, string>>
    }
  }
}

asks(pages, '/ledger/verification', StartVerification, showVerification)

form(pages, '/ledger/verification', StartVerification, {
  show: showNoForm,
  next: (_res, isStarted) => ({
    to: paths.ledgerVerification(),
    ...(isStarted
      ? { say: t('Verification started. Reload this page to see the result.') }
      : { say: t('Verification is already running.'), tone: 'attention' }),
  }),
})

/** The results of the last checks. */
async function showVerification(res: Response) {
  const { actor } = res.req
  page(res, 'ledger/verification', {
    title: t('Verify the ledger'),
    staffNames: await staffNames(actor),
    ...(await findChecks(actor)),
  })
}
