import { Router } from 'express'
import { paths } from '../../paths.ts'
import { staffNames } from '../../staff/names.ts'
import { flash } from '../../web/flash.ts'
import { allowed } from '../../people/guards.ts'
import { page } from '../../web/page.ts'
import { t } from '../../web/words.ts'
import { askForCheck, findChecks } from './check.ts'

/** Verifying the reseller's ledger from beginning to end, for whoever has to vouch for it. */
export const ledgerVerification = Router()

ledgerVerification.get('/verification', allowed('ledger.verify'), async (req, res) => {
  page(res, 'ledger/verification', {
    title: t('Verify the ledger'),
    staffNames: await staffNames(req.actor),
    ...(await findChecks(req.actor)),
  })
})

ledgerVerification.post('/verification', allowed('ledger.verify'), async (req, res) => {
  if (await askForCheck(req.actor)) flash(res, t('Verification started. Reload this page to see the result.'))
  else flash(res, t('Verification is already running.'), 'attention')
  res.redirect(303, paths.ledgerVerification())
})
