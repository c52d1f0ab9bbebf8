import type { Response } from 'express'
import { ChangeOwnPassword } from '../account/change-password.ts'
import { afterPassword } from '../account/pages.ts'
import { form } from '../actions/form.ts'
import { paths } from '../paths.ts'
import { PASSWORD_MIN } from '../people/password-policy.ts'
import { type Form, blankForm } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { factorPages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'console/password': {
      form: Form
      isTemporary: boolean
      passwordMin: number
    }
  }
}

// Not asked of the action: this page is shown under a login-as session too. A temporary password is changed before a factor is set up.
factorPages.get('/console/password', (_req, res) => showOwnPassword(res, blankForm()))

form(factorPages, '/console/password', ChangeOwnPassword, {
  show: (res, _none, form) => showOwnPassword(res, form),
  next: (res, result) =>
    afterPassword(isTemporary(res) ? paths.console() : paths.consoleSecurity(), res, result),
})

const isTemporary = (res: Response) => res.locals.mustChangePassword === true

function showOwnPassword(res: Response, form: Form) {
  page(res, 'console/password', {
    title: isTemporary(res) ? t('Choose your own password') : t('Change your password'),
    form,
    isTemporary: isTemporary(res),
    passwordMin: PASSWORD_MIN,
  })
}
