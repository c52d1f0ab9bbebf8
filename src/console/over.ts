import type { NextFunction, Request, Response } from 'express'
import { turnedOffSentence } from '../customers/turned-off.ts'
import { LOGIN_AS_NAMES, whyEnded } from '../login-as/login-as.ts'
import { paths } from '../paths.ts'
import { speakFor } from '../web/locals.ts'
import { page } from '../web/page.ts'
import { t, type Sentence } from '../words/words.ts'
import type { State } from '../generated/prisma/enums.ts'
import type { FormerSession } from './former-session.ts'

declare module '../web/page.ts' {
  interface Views {
    'console/login-as-over': {
      customer: { id: string; email: string; state: State; stateMessage: string | null }
      why: Sentence | null
    }
    'console/turned-off': {
      sentence: Sentence | null
      login: string
    }
  }
}

/** What is open to a person whose session was ended: the ways in. */
const WAYS_IN = /^\/console\/(?:login(?:\/|$)|[^/]+\/login$|forgotten-password$|enter\/)/i

/**
 * A page that was open when its session was ended says so on its next request, whatever that was to do: that the reseller turned the
 * customer off, or why the login as the customer is over. Comes before forms are checked, since theirs died with the session.
 */
export function tellWhatIsOver(req: Request, res: Response, next: NextFunction) {
  const former = res.locals.former as FormerSession | null | undefined
  const path = req.originalUrl.split('?')[0] as string
  if (req.actor || !former || WAYS_IN.test(path)) return next()
  const { customer, reseller, loginAs, wasEnded } = former
  // Its row is gone, as that of a session that ran out long ago.
  if (!customer) return next()
  if (loginAs) {
    // A person who wants out is out already.
    if (path === paths.consoleExit()) return res.redirect(303, paths.customer(customer))
    speakFor(res, reseller)
    res.status(403)
    const { mode, endedBy, stoppedBy } = loginAs
    return page(res, 'console/login-as-over', {
      title: t('{mode} has ended', { mode: LOGIN_AS_NAMES[mode] }),
      customer,
      why: endedBy && whyEnded(endedBy, stoppedBy),
    })
  }
  if (!wasEnded && customer.state === 'ON') return next()
  speakFor(res, reseller)
  res.status(403)
  page(res, 'console/turned-off', {
    title: customer.state === 'OFF' ? t('Your account is turned off') : t('You have been logged out'),
    sentence: customer.state === 'OFF' ? turnedOffSentence(reseller, customer) : null,
    login: paths.consoleLoginOf(reseller.slug),
  })
}
