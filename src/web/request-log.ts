import type { NextFunction, Request, Response } from 'express'
import { services } from '../services.ts'

/** One line for each answer. The path without its query and without tokens: addresses may hold what is nobody's business. */
export function logRequests(req: Request, res: Response, next: NextFunction) {
  const began = performance.now()
  res.on('finish', () => {
    services(req).log.info(
      {
        requestId: req.id,
        method: req.method,
        path: withoutSecrets(req.originalUrl),
        status: res.statusCode,
        ms: Math.round(performance.now() - began),
        actor: req.actor?.id ?? undefined,
      },
      'request',
    )
  })
  next()
}

/** Tokens of one-time links never reach a log. */
function withoutSecrets(address: string): string {
  const [path = ''] = address.split('?')
  return path.replace(/^(\/(?:set-password|verify|join|console\/enter)\/).+/, '$1…')
}
