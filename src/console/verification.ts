import { resendOwnVerification } from '../customers/verify.ts'
import { paths } from '../paths.ts'
import { flash } from '../web/flash.ts'
import { t } from '../web/words.ts'
import { findOwnCustomer } from '../customers/customer.ts'
import { pages } from './pages.ts'

pages.get('/console/verification', (_req, res) => res.redirect(303, paths.console()))

pages.post('/console/verification', async (req, res) => {
  const { email } = await findOwnCustomer(req.actor)
  if (await resendOwnVerification(req.actor))
    flash(res, t('A verification link is on its way to {email}.', { email }))
  else
    flash(
      res,
      t('A verification link was sent to {email} a moment ago, so no other link was sent.', { email }),
      'attention',
    )
  res.redirect(303, paths.console())
})
