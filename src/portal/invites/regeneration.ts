import { form } from '../../actions/form.ts'
import { RegenerateInvite, whyNotRegenerated } from '../../invites/regenerate.ts'
import { paths } from '../../paths.ts'
import { view } from '../../web/flash.ts'
import { blankForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { refusalOf, titleOf } from '../invites.ts'
import { pages } from '../pages.ts'

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
