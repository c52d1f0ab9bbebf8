import { type RequestHandler, Router } from 'express'
import { countToDecide } from './ledger/approvals/waiting.ts'
import { loginAs } from './login-as/routes.ts'
import { stays } from './login-as/stay-routes.ts'
import { paths } from './paths.ts'
import { open, pages } from './portal/all-pages.ts'
import { openToAll, staffOnly } from './people/guards.ts'
import { type FrameFacts, inLayout, type Layout } from './web/page.ts'

type Room = [mount: string, guard: RequestHandler, layout: Layout, router: Router]

const home = Router()
home.get('/', (_req, res) => res.redirect(303, paths.customers()))

/** Every room of the portal and who may enter it. What is not in this table does not exist. */
const ROOMS: readonly Room[] = [
  ['/', openToAll, 'bare', open],
  ['/', staffOnly, 'portal', home],
  ['/', staffOnly, 'portal', pages],
  ['/customers', staffOnly, 'portal', loginAs],
  ['/login-as', staffOnly, 'portal', stays],
]

/** The portal's navigation says how many postings wait for whoever reads it. */
const countForFrame: RequestHandler = (req, res, next) => {
  const frameFacts: FrameFacts = async () => ({ toDecide: req.actor ? await countToDecide(req.actor) : 0 })
  res.locals.frameFacts = frameFacts
  next()
}

/** The table above as one router. */
export function portalRoutes(): Router {
  const routes = Router()
  routes.use(countForFrame)
  for (const [mount, guard, frame, router] of ROOMS) routes.use(mount, guard, inLayout(frame), router)
  return routes
}
