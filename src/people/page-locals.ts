import type { NextFunction, Request, Response } from 'express'
import { currentTime } from '../database/clock.ts'
import { paths } from '../paths.ts'
import { icon } from '../web/icons.ts'
import { NOBODY, speakAs } from '../web/locals.ts'
import { siteOf } from '../web/site.ts'
import { isolated } from '../words/text.ts'
import { type Sentence, type Translate, t } from '../words/words.ts'
import { type Actor, may } from './actor.ts'
import type { Permission } from './permissions.ts'
import { roleName } from './roles.ts'

/** What every view may use, beside what its handler gives it. */
export function pageLocals(req: Request, res: Response, next: NextFunction) {
  speakAs(res, req.actor?.reseller ?? NOBODY)
  const actor: Actor | null = req.actor ?? null
  Object.assign(res.locals, {
    actor,
    paths,
    icon,
    isolated,
    /** Whom a page concerns: the name where there is one, and the address. */
    nameAndEmail: ({ name, email }: { name: string; email: string }) =>
      name ? `${isolated(name)} · ${email}` : email,
    roleName,
    address: req.originalUrl,
    // Until takeFlash() has looked: a failure before it needs a page as well.
    flash: null,
    /** Whose house a page outside the portal belongs to. */
    houseName: actor?.reseller.name ?? 'Purser',
    may: (permission: Permission) => actor !== null && may(actor, permission),
    site: siteOf(req),
    /** Whole seconds until then, none once it is over. */
    secondsUntil: (end: Date) => Math.max(0, Math.floor((end.getTime() - currentTime().getTime()) / 1000)),
    hindrance: ({ isOwn = false } = {}) => {
      const why = hindranceOf(actor, isOwn)
      return why && (res.locals.t as Translate)(why)
    },
  })
  next()
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
