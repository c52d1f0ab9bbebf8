import type { NextFunction, Request, Response } from 'express'
import { seesInvites } from '../invites/invite.ts'
import { seesWaiting } from '../ledger/approvals/waiting.ts'
import { seesLoginAsSessions } from '../login-as/sessions.ts'
import { paths } from '../paths.ts'
import { type Actor, may } from '../people/actor.ts'
import type { MenuItem } from '../people/page-locals.ts'
import { t } from '../words/words.ts'

/** Gives views mainMenu(): what the reader can open of the portal, on its error pages as well. */
export function mainMenuLocal(req: Request, res: Response, next: NextFunction) {
  res.locals.mainMenu = ({ toDecide = 0 }: { toDecide?: number }) => menuFor(req.actor, toDecide)
  next()
}

/** The first page that the reader can open; that of their own account where it is no other. */
export const firstPage = (actor: Actor) => menuFor(actor, 0)[0]?.[0]?.href ?? paths.account()

/** The main menu of the portal, in its groups: what is used every day, then what is set up once. */
function menuFor(actor: Actor, toDecide: number): MenuItem[][] {
  const customers = may(actor, 'customers.see')
  const manages = may(actor, 'reseller.manage')
  const groups: readonly (readonly (MenuItem & { isOpen: boolean })[])[] = [
    [
      { href: paths.customers(), icon: 'users', label: t('Customers'), isOpen: customers },
      {
        ...{ href: paths.approvals(), icon: 'checks', label: t('Approvals'), count: toDecide },
        isOpen: seesWaiting(actor),
      },
      { href: paths.ledger(null), icon: 'book-2', label: t('Ledger'), isOpen: customers },
      { href: paths.invites(), icon: 'send', label: t('Invites'), isOpen: seesInvites(actor) },
      { href: paths.mails(), icon: 'mail', label: t('Mails'), isOpen: may(actor, 'mails.see') },
      { href: paths.audit(), icon: 'history', label: t('Activity'), isOpen: may(actor, 'audit.see') },
      {
        ...{ href: paths.loginAsSessions(), icon: 'user-shield', label: t('Login-as') },
        isOpen: seesLoginAsSessions(actor),
      },
    ],
    [
      { href: paths.tags(), icon: 'tags', label: t('Tags'), isOpen: customers },
      { href: paths.staff(), icon: 'user-cog', label: t('Staff'), isOpen: manages },
      { href: paths.settings(), icon: 'settings', label: t('Settings'), isOpen: manages },
    ],
  ]
  return groups.map((group) => group.filter(({ isOpen }) => isOpen)).filter((group) => group.length > 0)
}
