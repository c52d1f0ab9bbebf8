import ejs from 'ejs'
import type { NextFunction, Request, Response } from 'express'
import { currentTime } from '../database/clock.ts'
import { paths } from '../paths.ts'
import type { AssetName } from '../web/assets.ts'
import type { Flash } from '../web/flash.ts'
import { NOBODY, speakAs, type SpokenLocals } from '../web/locals.ts'
import type { FrameLocals } from '../web/page.ts'
import { type SiteName, siteOf } from '../web/site.ts'
import { isolated } from '../words/text.ts'
import { type Sentence, type Translate, t } from '../words/words.ts'
import { type Actor, may } from './actor.ts'
import type { Permission } from './permissions.ts'
import { lacksFactor } from './required-factor.ts'
import { roleName } from './roles.ts'

/** What pageLocals() gives. */
interface ReaderLocals {
  /** Whoever reads the page; null before login. */
  actor: Actor | null
  /** Settings and permissions of whoever reads the page: what is remembered is remembered for these, see remembered(). */
  reader: string | null
  paths: typeof paths
  isolated: typeof isolated
  /** Whom a page concerns: the name where there is one, and the address. */
  nameAndEmail: (person: { name: string; email: string }) => string
  roleName: typeof roleName
  /** Of this page, as it was asked for. */
  address: string
  flash: Flash | null
  /** Whose house a page outside the portal belongs to. */
  houseName: string
  may: (permission: Permission) => boolean
  /** Whether nothing is open to the reader but the set-up of a second factor. */
  isShutOut: boolean
  /** The `href` of a link to a customer, team or posting; '' for who may not view those, so that the link is text alone. */
  customersLink: (address: string) => string
  site: SiteName
  /** Whole seconds until then, none once it is over. */
  secondsUntil: (end: Date) => number
  /** The minutes until then, the one that has begun included. */
  minutesUntil: (end: Date) => number
  /** Why this reader cannot use a form of the console, in words; null where they can. */
  hindrance: (of?: { isOwn?: boolean }) => string | null
}

/** What a menu leads to. */
export interface MenuItem {
  href: string
  icon: string
  label: Sentence
  /** How many there wait for the reader. */
  count?: number
}

/**
 * What every view may use, beside what its page gives it: see Views. An include is given it as well. On a page behind a login there is
 * always an actor. @public
 */
export interface CommonLocals extends SpokenLocals, FrameLocals, Omit<ReaderLocals, 'actor'> {
  actor: Actor
  /** See canLocal(). */
  can: (at: string) => boolean
  /** The forms of money that ask for a description, as menus offer them: see DESCRIBED. */
  described: readonly { at: string; title: Sentence; icon: string }[]
  /** The portal's main menu, see src/portal/main-menu.ts. */
  mainMenu: (counts: { toDecide?: number }) => readonly (readonly MenuItem[])[]
  /** What a mail is called, by its template: see src/mails/all-mails.ts. */
  mailLabel: (template: string) => Sentence
  /** The address of a stylesheet, a script or a picture. */
  asset: (name: AssetName) => string
  /** An icon as HTML, by its name in src/web/icons.ts. */
  icon: (name: string) => string
  /** The token of the page's forms. */
  csrf: () => string
}

const secondsUntil = (end: Date) => Math.max(0, Math.floor((end.getTime() - currentTime().getTime()) / 1000))

/** Gives views what they may use of who reads them, and what is the same for all. */
export function pageLocals(req: Request, res: Response, next: NextFunction) {
  speakAs(res, req.actor?.reseller ?? NOBODY)
  const actor: Actor | null = req.actor ?? null
  Object.assign(res.locals, {
    actor,
    reader: actor && readerOf(actor),
    paths,
    isolated,
    nameAndEmail: ({ name, email }) => (name ? `${isolated(name)} · ${email}` : email),
    roleName,
    address: req.originalUrl,
    // Until takeFlash() has looked: a failure before it needs a page as well.
    flash: null,
    houseName: actor?.reseller.name ?? 'Purser',
    may: (permission) => actor !== null && may(actor, permission),
    isShutOut: actor !== null && lacksFactor(actor),
    customersLink: (address) =>
      actor !== null && may(actor, 'customers.see') ? `href="${ejs.escapeXML(address)}"` : '',
    site: siteOf(req),
    secondsUntil,
    minutesUntil: (end) => Math.ceil(secondsUntil(end) / 60),
    hindrance: ({ isOwn = false } = {}) => {
      const why = hindranceOf(actor, isOwn)
      return why && (res.locals.t as Translate)(why)
    },
  } satisfies ReaderLocals)
  next()
}

function readerOf({ reseller: { locale, timeZone, currency, currencyScale }, permissions }: Actor): string {
  return JSON.stringify([locale, timeZone, currency, currencyScale, ...permissions])
}

/**
 * Why this reader cannot use a form of the console, or null: nothing works under ReadOnly Login, and what is the customer's own
 * (`isOwn`) under no login as a customer. Views show such a form disabled, with the sentence; rules refuse it all the same.
 */
function hindranceOf(actor: Actor | null, isOwn: boolean): Sentence | null {
  if (actor?.loginAs?.mode === 'readonly')
    return t('ReadOnly Login: you can view everything, but change nothing.')
  if (isOwn && actor?.standsInFor)
    return t('Only the customer can change this. Staff who are logged in as the customer cannot.')
  return null
}
