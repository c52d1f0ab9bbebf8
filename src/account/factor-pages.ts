import type { Response } from 'express'
import { asks, form } from '../actions/form.ts'
import { type Form, blankForm, showNoForm } from '../forms/form.ts'
import type { Factors, ShownFactor } from '../people/factors.ts'
import { letFactorCount } from '../people/load-actor.ts'
import type { LoginSite } from '../people/login-site.ts'
import { ownCeremony } from '../people/own-passkey.ts'
import { pageLocals } from '../people/page-locals.ts'
import { passkeyPlace } from '../people/passkey-place.ts'
import { type AskedPasskey, isNewPasskeyGood } from '../people/passkeys.ts'
import { mustHaveProven } from '../people/proof.ts'
import { mustHaveFactor } from '../people/required-factor.ts'
import { sessionDigest } from '../people/session-store.ts'
import { totpImage } from '../people/totp.ts'
import { services } from '../services.ts'
import { absoluteAddress } from '../web/addresses.ts'
import type { PageRouter } from '../web/page-router.ts'
import { page } from '../web/page.ts'
import { type Sentence, t } from '../words/words.ts'
import {
  AddApp,
  AddPasskey,
  RemoveFactor,
  RenameFactor,
  RenewRecoveryCodes,
  beginApp,
  beginPasskey,
  listOwnFactors,
  maybeBegunSecret,
  mayAddFactors,
} from './factors.ts'

/** The addresses of a site's pages about factors. */
type At = LoginSite['factors']

declare module '../web/page.ts' {
  interface Views {
    'account/factors': Omit<Factors, 'factors'> & {
      factors: readonly RemovableFactor[]
      at: At
      /** Whether another one can be added. */
      mayAdd: boolean
      /** The host whose pages use passkeys; null where they cannot be used. */
      passkeysAt: string | null
      /** Whose confirmation is open, with the form's notice: the id of a factor, or CODES; null where none is. */
      open: string | null
      form: Form
    }
    'account/factors/new': {
      at: At
      form: Form
      secret: string
      image: string
    }
    'account/factors/passkeys/new': {
      at: At
      form: Form
      passkey: AskedPasskey
    }
    'account/factors/name': {
      at: At
      form: Form
      factor: ShownFactor
    }
    'account/factors/recovery-codes': {
      at: At
      codes: readonly string[]
      /** What was added with them, or null where they replace others. */
      added: Sentence | null
      /** Of this Purser, so that who finds them on paper knows what they are for. */
      host: string
    }
  }
}

/** Names the confirmation of new recovery codes among those of factors. */
const CODES = 'recovery-codes'

/** A factor on its person's page. */
interface RemovableFactor extends ShownFactor {
  /** What is left without it: one that works, only such that do not, or none. */
  left: 'working' | 'void' | 'none'
  /** Whether it cannot be removed, as one that works is required. */
  isKept: boolean
}

/**
 * The pages of a person's own second factors, at `base` and below. Staff who are logged in as a customer see which ones there are; what is
 * secret in one they do not see, and change nothing.
 */
export function bindFactorPages(router: PageRouter, base: string, { factors: at }: LoginSite) {
  // Not asked of the action: this page is shown under a login-as session too.
  router.get(base, (_req, res) => showFactors(res, at))

  form(router, base, AddApp, {
    show: (res, _none, typed) => showNewApp(res, at, typed),
    next(res, { codes, wasThere }, _none, { name }) {
      const added = t('Added {name}. From now on, a login asks for a code.', { name })
      if (codes) return { render: () => showCodesOfFactor(res, at, { codes, added }) }
      const say = wasThere
        ? t('{name} has already been added. If you have not saved your recovery codes, create new ones.', {
            name,
          })
        : added
      return { to: at.list(), say }
    },
  })

  // What is for its person alone: staff who are logged in as a customer are led to the list.
  router.get([`${base}/new`, `${base}/passkeys/new`, `${base}/:id/name`], (req, res, next) => {
    if (req.actor.standsInFor) return res.redirect(303, at.list())
    next()
  })

  // Asked for a proof before a device has made what is to be added, and again by the form where too much time has passed since.
  asks(router, `${base}/new`, AddApp, (res) => {
    mustHaveProven(res.req.actor)
    return showNewApp(res, at, blankForm())
  })

  form(router, `${base}/passkeys`, AddPasskey, {
    formAt: () => at.newPasskey(),
    show: (res, _none, typed) => showNewPasskey(res, at, typed),
    next(res, { codes, wasThere }, _none, { name }) {
      const added = t('Added {name}. You can now log in with it, and not with the password alone.', { name })
      if (codes) return { render: () => showCodesOfFactor(res, at, { codes, added }) }
      const say = wasThere
        ? t(
            'This passkey has already been added. If you have not saved your recovery codes, create new ones.',
          )
        : added
      return { to: at.list(), say }
    },
  })

  asks(router, `${base}/passkeys/new`, AddPasskey, (res) => {
    mustHaveProven(res.req.actor)
    return showNewPasskey(res, at, blankForm())
  })

  form(router, `${base}/recovery-codes`, RenewRecoveryCodes, {
    formAt: () => at.list(),
    show: (res, _none, typed) => showOpen(res, at, { open: CODES, form: typed }),
    next: (res, { codes }) =>
      codes
        ? { render: () => showRecoveryCodes(res, at, { codes, added: null }) }
        : {
            to: at.list(),
            say: t(
              'New recovery codes were already created, and shown once. If you have not saved them, create new ones.',
            ),
            tone: 'attention',
          },
  })

  form(router, `${base}/:id/name`, RenameFactor, {
    blank: ({ name }) => blankForm({ name }),
    show: (res, factor, typed) => showName(res, at, { factor, form: typed }),
    next: (_res, { isChanged }, { name: from }, { name: to }) => ({
      to: at.list(),
      say: isChanged ? t('Renamed {from} to {to}.', { from, to }) : t('No changes.'),
    }),
  })

  form(router, `${base}/:id/removal`, RemoveFactor, {
    formAt: () => at.list(),
    show: (res, { id }, typed) => showOpen(res, at, { open: id, form: typed }),
    next: (_res, _done, { name }) => ({ to: at.list(), say: t('Removed {name}.', { name }) }),
  })
}

/** The list, with one confirmation open where a form of it comes back. */
async function showFactors(
  res: Response,
  at: At,
  { open, form }: Opened = { open: null, form: blankForm() },
) {
  const { actor } = res.req
  const all = services(res.req)
  const own = await listOwnFactors(actor, all)
  // What a customer's reseller requires counts with the next login.
  const isRequired =
    mustHaveFactor(actor) || (actor.kind === 'customer' && actor.requiredFactor !== undefined)
  const factors = own.factors.map((factor) => {
    const left = leftWithout(factor, own.factors)
    return { ...factor, left, isKept: left !== 'working' && isRequired }
  })
  const isThere =
    open === CODES ? factors.length > 0 : factors.some(({ id, isKept }) => id === open && !isKept)
  if (open !== null && !isThere) return showNoForm(res, null, form)
  page(res, 'account/factors', {
    title: t('Second factors'),
    ...own,
    factors,
    at,
    mayAdd: mayAddFactors(actor),
    passkeysAt: passkeyPlace(all.config)?.rpId ?? null,
    open,
    form,
  })
}

interface Opened {
  open: string | null
  form: Form
}

/** A confirmation that waited for a proof; what was refused has a page that says only that. */
const showOpen = (res: Response, at: At, { open, form }: Opened) =>
  form.thrown ? showNoForm(res, null, form) : showFactors(res, at, { open, form })

function showName(res: Response, at: At, shown: { factor: ShownFactor; form: Form }) {
  page(res, 'account/factors/name', { title: t('Rename second factor'), at, ...shown })
}

function leftWithout({ id }: ShownFactor, factors: readonly ShownFactor[]): RemovableFactor['left'] {
  const others = factors.filter((other) => other.id !== id)
  if (others.length === 0) return 'none'
  return others.every(({ isVoid }) => isVoid) ? 'void' : 'working'
}

/** The QR code of a new secret, or of the one that the form came with. */
async function showNewApp(res: Response, at: At, form: Form) {
  const { actor } = res.req
  const { keys } = services(res.req)
  const given = form.typed.app ?? ''
  const begun = given === '' ? null : maybeBegunSecret(actor, keys, given)
  const { secret, sealed } = begun === null ? beginApp(actor, keys) : { secret: begun, sealed: given }
  const image = await totpImage(secret, { issuer: actor.reseller.name, account: actor.name })
  page(res, 'account/factors/new', {
    title: t('Add an authenticator app'),
    at,
    form: { ...form, typed: { ...form.typed, app: sealed, code: '' } },
    secret: (secret.match(/.{1,4}/g) ?? []).join(' '),
    image,
  })
}

/** The form of a new passkey. One that the browser has made already, for a form that had to wait, is kept while it can still be added. */
async function showNewPasskey(res: Response, at: At, form: Form) {
  const { actor, sessionID } = res.req
  const all = services(res.req)
  const session = sessionDigest(sessionID)
  const { passkey = '', challenge = '', ...typed } = form.typed
  const asked = await beginPasskey(actor, all, { session, before: challenge })
  if (!asked) return res.redirect(303, at.list())
  // What was refused by the action has been used up by that.
  const isKept =
    !form.thrown && isNewPasskeyGood(all.keys, { passkey, challenge }, ownCeremony('new', session))
  page(res, 'account/factors/passkeys/new', {
    title: t('Add a passkey'),
    at,
    form: { ...form, typed: { ...typed, passkey: isKept ? passkey : '' } },
    passkey: isKept ? { ...asked, challenge } : asked,
  })
}

/** New recovery codes, and what was added with them, or null where they replace others. */
interface ShownCodes {
  codes: readonly string[]
  added: Sentence | null
}

/** Shows new recovery codes, the one time that they are. */
function showRecoveryCodes(res: Response, at: At, shown: ShownCodes) {
  const { host } = new URL(absoluteAddress(services(res.req).config, '/'))
  page(res, 'account/factors/recovery-codes', { title: t('Save your recovery codes'), at, host, ...shown })
}

/** The same, with the first factor: everything that waited for one is open again. */
async function showCodesOfFactor(res: Response, at: At, shown: ShownCodes) {
  await letFactorCount(res.req)
  pageLocals(res.req, res, () => showRecoveryCodes(res, at, shown))
}
