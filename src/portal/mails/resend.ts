import { form } from '../../actions/form.ts'
import { ResendMail } from '../../mails/resend.ts'
import { paths } from '../../paths.ts'
import { showNoForm } from '../../forms/form.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

form(pages, '/mails/:id/resend', ResendMail, {
  formAt: () => paths.mails(),
  show: showNoForm,
  next: (_res, { to, isQueued }) => {
    const back = paths.mails()
    return isQueued
      ? { back, say: t('An e-mail is on its way to {to}.', { to }) }
      : {
          back,
          say: t('An e-mail of this kind was sent to {to} a moment ago, so no other e-mail was sent.', {
            to,
          }),
          tone: 'attention',
        }
  },
})
