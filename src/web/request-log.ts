import type { NextFunction, Request, Response } from 'express'
import { services } from '../services.ts'
import type { Sentence } from '../words/words.ts'

/** Where a connection was cut before there was an answer, the log and the rows of a login-as have this as its status. */
export const CUT_BEFORE_ANSWER = 499

/**
 * One line for each request, when its answer has left or its connection was cut: from which address, who asked, for which reseller,
 * and why it was refused. The path as withoutSecrets() gives it: addresses may hold what is nobody's business.
 */
export function logRequests(req: Request, res: Response, next: NextFunction) {
  const began = performance.now()
  res.once('close', () => {
    services(req).log.info(
      {
        requestId: req.id,
        method: req.method,
        path: withoutSecrets(req),
        status: res.headersSent ? res.statusCode : CUT_BEFORE_ANSWER,
        ...(!res.writableFinished && { aborted: true }),
        ms: Math.round(performance.now() - began),
        ip: req.ip,
        ...whoAsked(req),
        ...REFUSED.get(res),
      },
      'request',
    )
  })
  next()
}

/** Who was logged in when the request came; for a login, who logged in. */
function whoAsked({ actor, session }: Partial<Pick<Request, 'actor' | 'session'>>) {
  if (!actor) return { actor: session?.person?.id, reseller: session?.person?.resellerId }
  const { id, reseller, standsInFor } = actor
  return { actor: id ?? undefined, reseller: reseller.id, customer: standsInFor ?? undefined }
}

/** Why a request was refused, for its line in the log. */
interface Refused {
  reason: string
  /** The one that was lacking, where it was that. */
  permission?: string
}

const REFUSED = new WeakMap<Response, Refused>()

/** Notes why this request is refused. Only sentences as they stand in the code are written, never the values that people typed. */
export function noteRefusal(res: Response, sentences: readonly Sentence[], permission?: unknown) {
  const reason = sentences.map(({ text }) => text).join(' ')
  REFUSED.set(res, { reason, ...(typeof permission === 'string' && { permission }) })
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
