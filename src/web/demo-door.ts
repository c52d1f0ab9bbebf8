import type { RequestHandler } from 'express'
import { services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { isFromHereAlone } from './from-here.ts'

/**
 * The demo's passwords are published, so it is open on this machine alone. It listens on loopback, and this refuses, 403, what a proxy in
 * front of it passes on, and what asks under another name, as a page of somebody else's does that has its name lead here (DNS rebinding).
 */
export const demoStaysHere: RequestHandler = (req, _res, next) => {
  if (!services(req).config.isDemo || isFromHereAlone(req)) return next()
  next(
    new Refusal(
      403,
      t(
        'This is the demo, whose passwords are public. It can be opened only on the machine it runs on, not through a proxy or under another host name.',
      ),
    ),
  )
}
