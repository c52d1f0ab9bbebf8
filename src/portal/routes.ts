import { type RequestHandler, Router } from 'express'
import { countToDecide } from '../ledger/approvals/waiting.ts'
import { factorFirst } from '../people/factor-first.ts'
import { staffOnly } from '../people/guards.ts'
import { loadPages } from '../web/load-pages.ts'
import { type FrameFacts, inLayout } from '../web/page.ts'
import { factorPages, open, pages } from './pages.ts'

await loadPages(new URL('.', import.meta.url), { but: 'routes.ts' })

/** The portal's navigation says how many postings wait for the person who reads it. */
const countForFrame: RequestHandler = (req, res, next) => {
  const { actor } = req
  // With what a page asks anyway; after an action it is counted anew.
  const counted = actor && req.method === 'GET' ? countToDecide(actor) : null
  const frameFacts: FrameFacts = async () => ({
    toDecide: actor ? await (counted ?? countToDecide(actor))() : 0,
  })
  res.locals.frameFacts = frameFacts
  next()
}

/** All of the portal, and who may see it: everybody its open pages, staff the others. */
export function portalRoutes(): Router {
  const routes = Router()
  routes.use(countForFrame)
  routes.use(inLayout('bare'), open)
  routes.use(staffOnly, inLayout('portal'), factorPages, factorFirst, pages)
  return routes
}
