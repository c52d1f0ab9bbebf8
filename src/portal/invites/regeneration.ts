import { form } from '../../actions/form.ts'
import { RegenerateInvite, whyNotRegenerated } from '../../invites/regenerate.ts'
import { paths } from '../../paths.ts'
import { view } from '../../web/flash.ts'
import { blankForm, type Form } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t, type Sentence } from '../../words/words.ts'
import { refusalOf, titleOf } from '../invites.ts'
import type { Invite } from '../../generated/prisma/client.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'invites/regeneration': {
      invite: Invite & { name: Sentence }
      hindrance: Sentence | null
      form: Form
    }
  }
}

form(pages, '/invites/:id/regeneration', RegenerateInvite, {
  blank: () => blankForm(),
  // Asks whether a new link is really meant; a refusal replaces the question.
  show: (res, invite, form) =>
    page(res, 'invites/regeneration', {
      title: t('Regenerate link'),
      invite: { ...invite, name: titleOf(invite) },
      hindrance: refusalOf(form) ?? whyNotRegenerated(invite),
      form,
    }),
  next: (_res, _renewed, invite) => ({
    back: `${paths.invites()}#invite-${invite.id}`,
    say: t('Link regenerated. The previous link no longer works.'),
    links: [view(paths.invite(invite))],
  }),
})
