import type { NextFunction, Request, Response } from 'express'
import { services } from '../services.ts'

/** One line for each answer. The path as withoutSecrets() gives it: addresses may hold what is nobody's business. */
export function logRequests(req: Request, res: Response, next: NextFunction) {
  const began = performance.now()
  res.on('finish', () => {
    services(req).log.info(
      {
        requestId: req.id,
        method: req.method,
        path: withoutSecrets(req),
        status: res.statusCode,
        ms: Math.round(performance.now() - began),
        actor: req.actor?.id ?? undefined,
      },
      'request',
    )
  })
  next()
}

/** As much of the path as anybody reads, for rows. */
export const shownPath = (req: Pick<Request, 'originalUrl'>) => withoutSecrets(req).slice(0, 300)

/**
 * The path of a request as logs and rows may hold it: without its query, and without the tokens and codes that let somebody in.
 * Whatever Express would take for such an address is one here as well: in any case, with its host, or oddly written.
 */
export function withoutSecrets({ originalUrl }: Pick<Request, 'originalUrl'>): string {
  const [path = ''] = originalUrl.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '').split('?')
  return path.replace(/([/\\](?:set-password|verify|join|enter)[/\\]).+/is, '$1…')
}
