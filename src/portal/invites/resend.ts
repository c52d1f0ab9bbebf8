import { form } from '../../actions/form.ts'
import { ResendInvite } from '../../invites/resend.ts'
import { paths } from '../../paths.ts'
import { view } from '../../web/flash.ts'
import { t } from '../../words/words.ts'
import { showInvites } from '../invites.ts'
import { pages } from '../pages.ts'

form(pages, '/invites/:id/resend', ResendInvite, {
  formAt: () => paths.invites(),
  show: (res, _invite, refused) => showInvites(res, { refused }),
  next: (_res, isSent, invite) => {
    const email = invite.email ?? ''
    const back = paths.invites()
    return isSent
      ? {
          back,
          say: t('The invite is on its way to {email} again.', { email }),
          links: [view(paths.invite(invite))],
        }
      : {
          back,
          say: t('An e-mail was sent to {email} a moment ago, so no other e-mail was sent.', { email }),
          tone: 'attention',
        }
  },
})
