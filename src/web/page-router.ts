import { type RequestHandler, Router } from 'express'

/** Where the files of a site add their pages, under whole addresses. */
export type PageRouter = RequestHandler & Pick<Router, 'get' | 'post'>

/**
 * A router that looks at the addresses with the first word of the one that is asked for, and as many words: a few. Express looks at all of
 * them in turn, which on the way to the customer list were 190, and a twelfth of the time that the page takes of the application. Among
 * those few the order is that in which they were added, as with Express.
 *
 * @throws where an address begins with what may be any
 */
export function pageRouter(): PageRouter {
  const all = Router()
  const routers = new Map<string, Router>()
  const routerOf = (address: string): Router => {
    if (address.startsWith('/:')) throw new Error(`An address begins with a word: ${address}`)
    const place = placeOf(address)
    const known = routers.get(place)
    if (known) return known
    const router = Router()
    routers.set(place, router)
    all.use(router)
    return router
  }
  const route: RequestHandler = (req, res, next) => {
    const router = routers.get(placeOf(req.path))
    if (router) router(req, res, next)
    else next()
  }
  const added = (method: 'get' | 'post') =>
    ((at: string | string[], ...handlers: RequestHandler[]) => {
      for (const address of [at].flat()) routerOf(address)[method](address, ...handlers)
    }) as Router['get']
  // What Router.listRoutes() looks for.
  const listed = {
    stack: all.stack,
    listRoutes: () => (all as Router & { listRoutes(): unknown }).listRoutes(),
  }
  return Object.assign(route, { get: added('get'), post: added('post'), ...listed })
}

/** The first word of a path and how many it has, read as Express reads it: in either case, and with a slash at its end or without. */
function placeOf(path: string): string {
  const words = path.toLowerCase().split('/')
  if (words.at(-1) === '') words.pop()
  return `${words.length} ${words[1] ?? ''}`
}
