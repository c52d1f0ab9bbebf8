import type { Response } from 'express'
import { form } from '../../actions/form.ts'
import { canMailLink } from '../../customers/password-link.ts'
import {
  CANDIDATE_MINUTES_MAX,
  type GeneratedPassword,
  ConfirmPassword,
  TEMPORARY_HOURS_MAX,
} from '../../customers/reset-password.ts'
import { paths } from '../../paths.ts'
import type { Actor } from '../../people/actor.ts'
import type { CustomerWithTeam } from '../../people/customer.ts'
import { countFactors } from '../../people/factors.ts'
import { services } from '../../services.ts'
import { absoluteAddress } from '../../web/addresses.ts'
import { view } from '../../web/flash.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/password-reset': {
      customer: CustomerWithTeam
      form: Form
      candidate: GeneratedPassword | null
      /** Which password can be confirmed: the one that is shown, or was. */
      waiting: string | null
      /** The customer is asked for a second factor beside the password. */
      hasFactor: boolean
      canMailLink: boolean
      login: string
      minutesMax: number
      hoursMax: number
    }
  }
}

form(pages, '/customers/:id/password-reset', ConfirmPassword, {
  blank: () => blankForm(),
  show: showPasswordReset,
  next: async ({ req }, _done, customer) => ({
    back: paths.customer(customer),
    say: (await hasFactor(req.actor, customer))
      ? t(
          'The new password of {email} is valid for {hours} hours. It must be changed at the next login, where the second factor is still asked for.',
          { email: customer.email, hours: TEMPORARY_HOURS_MAX },
        )
      : t('The new password of {email} is valid for {hours} hours. It must be changed at the next login.', {
          email: customer.email,
          hours: TEMPORARY_HOURS_MAX,
        }),
    links: [view(paths.customer(customer))],
  }),
})

const hasFactor = async (actor: Actor, { id }: { id: string }) =>
  (await countFactors(actor, { kind: 'customer', id })) > 0

/** Reset Password; with the generated password where there is one, which is shown this once. */
export async function showPasswordReset(
  res: Response,
  customer: CustomerWithTeam,
  form: Form,
  candidate: GeneratedPassword | null = null,
) {
  page(res, 'customers/password-reset', {
    title: t('Reset Password'),
    customer,
    form,
    candidate,
    waiting: candidate?.id ?? (form.status < 409 ? (form.typed.candidate ?? null) : null),
    hasFactor: await hasFactor(res.req.actor, customer),
    canMailLink: canMailLink(customer),
    login: absoluteAddress(services(res.req).config, paths.consoleLoginOf(res.req.actor.reseller.slug)),
    minutesMax: CANDIDATE_MINUTES_MAX,
    hoursMax: TEMPORARY_HOURS_MAX,
  })
}
