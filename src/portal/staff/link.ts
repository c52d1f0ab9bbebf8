import { asks, form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import { linkToken } from '../../people/one-time-link.ts'
import { services } from '../../services.ts'
import { SendStaffLink, linkMails, takeStaffShowing } from '../../staff/link.ts'
import { absoluteAddress } from '../../web/addresses.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import type { StaffMember } from '../../staff/staff.ts'
import type { MailOutcome } from '../../mail/outcome.ts'
import { showStaff } from '../staff.ts'

declare module '../../web/page.ts' {
  interface Views {
    'staff/link': {
      member: StaffMember
      mail: MailOutcome | null
      link: { address: string; expiresAt: Date } | null
    }
  }
}

form(pages, '/staff/:id/link', SendStaffLink, {
  formAt: () => paths.staff(),
  show: (res, member, form) => showStaff(res, { refused: { form, member } }),
  next: (_res, copied, member) => ({
    to: paths.staffLinkShown(member, copied),
    say: t('A new link is on its way to {email}. The previous link no longer works.', {
      email: member.email,
    }),
  }),
})

asks(pages, '/staff/:id/link/:linkId', SendStaffLink, async (res, member) => {
  const { actor, method, params } = res.req
  // A HEAD shows nothing, and so must not take the one showing.
  const link = method === 'GET' ? await takeStaffShowing(actor, member, String(params.linkId)) : null
  const { config, keys } = services(res.req)
  page(res, 'staff/link', {
    title: t('Link to set a password'),
    member,
    mail: (await linkMails(actor, [member]))(member),
    link: link && {
      address: absoluteAddress(config, paths.setPassword(linkToken(keys, link))),
      expiresAt: link.expiresAt,
    },
  })
})
