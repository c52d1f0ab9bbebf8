import type { Response } from 'express'
import { ChangeOwnPassword } from '../../account/change-password.ts'
import { afterPassword } from '../../account/pages.ts'
import { form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import { PASSWORD_MIN } from '../../people/password-policy.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'account/password': {
      form: Form
      passwordMin: number
    }
  }
}

form(pages, '/account/password', ChangeOwnPassword, {
  blank: () => blankForm(),
  show: (res, _none, form) => showOwnPassword(res, form),
  next: (res, result) => afterPassword(paths.customers(), res, result),
})

function showOwnPassword(res: Response, form: Form) {
  page(res, 'account/password', {
    title: t('Change your password'),
    form,
    passwordMin: PASSWORD_MIN,
  })
}
