import { type RequestHandler, Router } from 'express'
import { inLayout, type Layout } from '../web/page.ts'
import { missing } from '../web/errors.ts'
import { openToAll } from '../web/guards.ts'
import { entry } from './entry-routes.ts'
import { billing } from './billing-routes.ts'
import { customersOnly } from './guards.ts'
import { login } from './login-routes.ts'
import { overview } from './overview-routes.ts'
import { forgotten, password } from './password-routes.ts'
import { profile } from './profile-routes.ts'
import { security } from './security-routes.ts'

type Room = [guard: RequestHandler, layout: Layout, router: Router]

/** Every room of the console and who may enter it, as in src/routes.ts; all of them lie below /console. */
const ROOMS: readonly Room[] = [
  [openToAll, 'bare', login],
  [openToAll, 'bare', forgotten],
  [openToAll, 'bare', entry],
  [customersOnly, 'console', overview],
  [customersOnly, 'console', billing],
  [customersOnly, 'console', profile],
  [customersOnly, 'console', password],
  [customersOnly, 'console', security],
]

/** All of the console, for the door. What it has not is missing here: behind it lies the portal, which asks for a login of its own. */
export function consoleRoutes(): Router {
  const routes = Router()
  for (const [guard, layout, router] of ROOMS) routes.use('/console', guard, inLayout(layout), router)
  // Nothing below /console is left to the portal, which would ask a customer to log in as staff.
  routes.use('/console', missing)
  return routes
}
