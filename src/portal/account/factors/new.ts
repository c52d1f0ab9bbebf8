import type { Response } from 'express'
import { AddApp, beginApp, maybeBegunSecret } from '../../../account/factors.ts'
import { asks } from '../../../actions/form.ts'
import { type Form, blankForm } from '../../../forms/form.ts'
import { totpImage } from '../../../people/totp.ts'
import { services } from '../../../services.ts'
import { page } from '../../../web/page.ts'
import { t } from '../../../words/words.ts'
import { factorPages } from '../../pages.ts'

declare module '../../../web/page.ts' {
  interface Views {
    'account/factors/new': {
      form: Form
      secret: string
      image: string
    }
  }
}

asks(factorPages, '/account/factors/new', AddApp, (res) => showNewApp(res, blankForm()))

/** The QR code of a new secret, or of the one that the form came with. */
export async function showNewApp(res: Response, form: Form) {
  const { actor } = res.req
  const { keys } = services(res.req)
  const given = form.typed.app ?? ''
  const begun = given === '' ? null : maybeBegunSecret(actor, keys, given)
  const { secret, sealed } = begun === null ? beginApp(actor, keys) : { secret: begun, sealed: given }
  const image = await totpImage(secret, { issuer: actor.reseller.name, account: actor.name })
  page(res, 'account/factors/new', {
    title: t('Add an authenticator app'),
    form: { ...form, typed: { ...form.typed, app: sealed, code: '' } },
    secret: (secret.match(/.{1,4}/g) ?? []).join(' '),
    image,
  })
}
