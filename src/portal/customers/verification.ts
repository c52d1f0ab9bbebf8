import { form } from '../../actions/form.ts'
import { ResendVerification } from '../../customers/verify.ts'
import { paths } from '../../paths.ts'
import { showNoForm } from '../../forms/form.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

form(pages, '/customers/:id/verification', ResendVerification, {
  formAt: ({ params }) => paths.customer({ id: String(params.id) }),
  show: showNoForm,
  next: (_res, isSent, customer) => {
    const { email } = customer
    const back = paths.customer(customer)
    return isSent
      ? { back, say: t('A verification link is on its way to {email}.', { email }) }
      : {
          back,
          say: t('A verification link was sent to {email} a moment ago, so no other link was sent.', {
            email,
          }),
          tone: 'attention',
        }
  },
})
