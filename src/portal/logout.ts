import { bindLogout } from '../people/login-pages.ts'
import { SITES } from '../people/site.ts'
import { open } from './pages.ts'

bindLogout(open, SITES.staff, '/logout')
