import { paths } from '../paths.ts'
import type { Actor } from '../people/actor.ts'
import { type Sentence, t } from '../words/words.ts'
import { lastTestMail } from './send-test-mail.ts'
import { findSettings } from './settings.ts'

/** One thing that a new reseller does before its day begins. */
export interface FirstStep {
  label: Sentence
  hint: Sentence
  href: string
  isDone: boolean
}

/** What is left to do until the first customer is there, in its order, for who manages the reseller. Throws 403 for others. */
export async function firstSteps(
  actor: Actor,
  { hasMailServer }: { hasMailServer: boolean },
): Promise<FirstStep[]> {
  const [{ settings }, testMail, staff, invites] = await Promise.all([
    findSettings(actor),
    lastTestMail(actor),
    actor.database.prisma.staff.count({ where: { resellerId: actor.reseller.id }, take: 2 }),
    actor.database.prisma.invite.count({ where: { resellerId: actor.reseller.id, kind: 'single' }, take: 1 }),
  ])
  return [
    {
      label: t('Complete your settings'),
      hint: t('Your address and support e-mail appear on statements and in e-mails to customers.'),
      href: paths.settings(),
      isDone: Boolean(settings.address && settings.supportEmail),
    },
    {
      label: t('Check that e-mail works'),
      hint: hasMailServer
        ? t('Send yourself a test e-mail from Settings.')
        : t(
            'No mail server is configured yet. Set SMTP_URL and MAIL_FROM on the server. Until then, e-mails are stored, and those to customers can be read under Mails.',
          ),
      href: paths.settings(),
      isDone: hasMailServer && testMail?.state === 'sent',
    },
    {
      label: t('Add your staff'),
      hint: t('Each person has a login and a role of their own.'),
      href: paths.staff(),
      isDone: staff > 1,
    },
    {
      label: t('Create your first customer'),
      hint: t('The customer gets a link to set a password.'),
      href: paths.newCustomer(),
      isDone: false,
    },
    {
      label: t('Invite customers to register'),
      hint: t('E-mail a person, or copy a link that anyone can use.'),
      href: paths.invites(),
      isDone: invites > 0,
    },
  ]
}
