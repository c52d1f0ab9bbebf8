import { paths } from '../paths.ts'
import { pages } from './pages.ts'

pages.get('/', (_req, res) => res.redirect(303, paths.customers()))
