import { form } from '../../actions/form.ts'
import { RevokeInvite, whyNotRevoked } from '../../invites/revoke.ts'
import { paths } from '../../paths.ts'
import { view } from '../../web/flash.ts'
import { blankForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t, type Sentence } from '../../words/words.ts'
import { refusalOf, titleOf } from '../invites.ts'
import type { Invite } from '../../generated/prisma/client.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'invites/revocation': {
      invite: Invite & { name: Sentence }
      hindrance: Sentence | null
    }
  }
}

form(pages, '/invites/:id/revocation', RevokeInvite, {
  blank: () => blankForm(),
  // Asks whether revoking is really meant; a refusal replaces the question.
  show: (res, invite, form) =>
    page(res, 'invites/revocation', {
      title: t('Revoke invite'),
      invite: { ...invite, name: titleOf(invite) },
      hindrance: refusalOf(form) ?? whyNotRevoked(invite),
      form,
    }),
  next: (_res, _done, invite) => ({
    back: paths.invites(),
    say: t('Invite revoked. Its link no longer works.'),
    links: [view(paths.invite(invite))],
  }),
})
