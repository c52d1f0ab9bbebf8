import { type RequestHandler, Router } from 'express'
import { factorFirst } from '../people/factor-first.ts'
import { missing } from '../web/errors.ts'
import { loadPages } from '../web/load-pages.ts'
import { inLayout } from '../web/page.ts'
import { customersOnly } from './guards.ts'
import { factorPages, open, pages } from './pages.ts'

await loadPages(new URL('.', import.meta.url), { but: 'routes.ts' })

const inConsole = inLayout('console')
const bare = inLayout('bare')

/** The open pages have no frame; but under a login-as session every page shows the banner and the way out. */
const wayIn: RequestHandler = (req, res, next) => (req.actor?.loginAs ? inConsole : bare)(req, res, next)

/** All of the console, and who may see it: everybody its open pages, customers the others. */
export function consoleRoutes(): Router {
  const routes = Router()
  routes.use('/console', wayIn)
  routes.use(open)
  routes.use('/console', customersOnly, inConsole)
  routes.use(factorPages)
  routes.use('/console', factorFirst)
  routes.use(pages)
  // Nothing below /console is left to the portal, which would ask a customer to log in as staff.
  routes.use('/console', missing)
  return routes
}
