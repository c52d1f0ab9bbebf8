import { firstPage } from './main-menu.ts'
import { pages } from './pages.ts'

pages.get('/', (req, res) => res.redirect(303, firstPage(req.actor)))
