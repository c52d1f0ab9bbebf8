import { type RequestHandler, Router } from 'express'
import { inLayout } from '../web/page.ts'
import { missing } from '../web/errors.ts'
import { openToAll } from '../people/guards.ts'
import { open, pages } from './all-pages.ts'
import { entry } from './entry-routes.ts'
import { customersOnly } from './guards.ts'
import { login } from './login-routes.ts'
import { overview } from './overview-routes.ts'
import { forgotten, password } from './password-routes.ts'
import { profile } from './profile-routes.ts'
import { security } from './security-routes.ts'

type Room = [guard: RequestHandler, layout: RequestHandler, router: Router]

const inConsole = inLayout('console')
const bare = inLayout('bare')

/** The ways in stand alone; but whoever stands in for a customer sees the banner, and the way out, on whatever comes. */
const wayIn: RequestHandler = (req, res, next) => (req.actor?.loginAs ? inConsole : bare)(req, res, next)

/** Every room of the console and who may enter it, as in src/routes.ts; all of them lie below /console. */
const ROOMS: readonly Room[] = [
  [openToAll, wayIn, login],
  [openToAll, wayIn, forgotten],
  [openToAll, wayIn, entry],
  [customersOnly, inConsole, overview],
  [customersOnly, inConsole, profile],
  [customersOnly, inConsole, password],
  [customersOnly, inConsole, security],
]

/** All of the console, for the door. What it has not is missing here: behind it lies the portal, which asks for a login of its own. */
export function consoleRoutes(): Router {
  const routes = Router()
  routes.use('/console', wayIn)
  routes.use(open)
  for (const [guard, layout, router] of ROOMS) routes.use('/console', guard, layout, router)
  routes.use('/console', customersOnly, inConsole)
  routes.use(pages)
  // Nothing below /console is left to the portal, which would ask a customer to log in as staff.
  routes.use('/console', missing)
  return routes
}
