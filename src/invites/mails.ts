import { z } from 'zod'
import { LINK, template, toPage } from '../mail/template.ts'
import { paths } from '../paths.ts'
import { t } from '../words/words.ts'
import { inviteToken, stateOf } from './token.ts'

/** What became of an invite's opening credits. refused: its maker may not grant so much, or none any more; waits: for a second person. */
const OpeningCredits = z.enum(['none', 'granted', 'refused', 'waits'])
export type OpeningCredits = z.output<typeof OpeningCredits>

/** To somebody whom staff invite; `generation` is the link's at the time, though the one that is good when it leaves goes out. */
export const inviteMail = template({
  name: 'invite',
  label: t('Invite'),
  values: z.object({ inviteId: z.string(), generation: z.number() }),
  write: (_values, { reseller: { name: reseller }, to, until }) => ({
    subject: t('{reseller} has invited you', { reseller }),
    paragraphs: [
      t('{reseller} has invited you to become a customer. Register with the address {to}:', {
        reseller,
        to,
      }),
      LINK,
      t('You can use the link once. It expires on {until}.', { until }),
      t('If you did not expect this invite, you can ignore this e-mail.'),
    ],
    link: t('Register'),
  }),
  way: async ({ database, keys }, { resellerId, values: { inviteId: id } }) => {
    const invite = await database.prisma.invite.findUniqueOrThrow({
      where: { resellerId_id: { resellerId, id } },
    })
    const state = stateOf(invite)
    return {
      path: paths.join(inviteToken(keys, invite)),
      expiresAt: invite.expiresAt,
      fate: state === 'open' ? null : state,
    }
  },
})

/** To the maker of an invite through which somebody came. */
export const customerRegisteredMail = template({
  name: 'customer-registered',
  label: t('Customer registered'),
  values: z.object({
    customerId: z.string(),
    email: z.string(),
    name: z.string(),
    credits: OpeningCredits,
  }),
  write: ({ email, name, credits }, { reseller: { name: reseller } }) => ({
    subject: t('{name} has registered', { name }),
    paragraphs: [
      t('{name} ({email}) has registered through your invite and is now a customer of {reseller}.', {
        name,
        email,
        reseller,
      }),
      ...(credits === 'refused' ? [CREDITS_REFUSED] : []),
      ...(credits === 'waits' ? [CREDITS_WAIT] : []),
      t('View the new customer:'),
      LINK,
    ],
    link: t('View the customer'),
  }),
  way: (_on, { values }) => toPage(paths.customer({ id: values.customerId })),
})

const CREDITS_REFUSED = t(
  'The opening credits of the invite were not granted, because the person who created it is not allowed to grant this amount, or can no longer grant credits.',
)
const CREDITS_WAIT = t('The opening credits of the invite are waiting for approval.')
