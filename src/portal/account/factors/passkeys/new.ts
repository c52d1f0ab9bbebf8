import type { Response } from 'express'
import { AddPasskey, beginPasskey } from '../../../../account/factors.ts'
import { asks } from '../../../../actions/form.ts'
import { type Form, blankForm } from '../../../../forms/form.ts'
import { paths } from '../../../../paths.ts'
import { ownCeremony } from '../../../../people/own-passkey.ts'
import { type AskedPasskey, isNewPasskeyGood } from '../../../../people/passkeys.ts'
import { sessionDigest } from '../../../../people/session-store.ts'
import { services } from '../../../../services.ts'
import { page } from '../../../../web/page.ts'
import { t } from '../../../../words/words.ts'
import { factorPages } from '../../../pages.ts'

declare module '../../../../web/page.ts' {
  interface Views {
    'account/factors/passkeys/new': {
      form: Form
      passkey: AskedPasskey
    }
  }
}

asks(factorPages, '/account/factors/passkeys/new', AddPasskey, (res) => showNewPasskey(res, blankForm()))

/** The form of a new passkey. One that the browser has made already, for a form that had to wait, is kept while it can still be added. */
export async function showNewPasskey(res: Response, form: Form) {
  const { actor, sessionID } = res.req
  const all = services(res.req)
  const session = sessionDigest(sessionID)
  const { passkey = '', challenge = '', ...typed } = form.typed
  const asked = await beginPasskey(actor, all, { session, before: challenge })
  if (!asked) return res.redirect(303, paths.ownFactors())
  // What was refused by the action has been used up by that.
  const isKept =
    !form.thrown && isNewPasskeyGood(all.keys, { passkey, challenge }, ownCeremony('new', session))
  page(res, 'account/factors/passkeys/new', {
    title: t('Add a passkey'),
    form: { ...form, typed: { ...typed, passkey: isKept ? passkey : '' } },
    passkey: isKept ? { ...asked, challenge } : asked,
  })
}
