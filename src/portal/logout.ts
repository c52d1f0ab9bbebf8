import { bindLogout } from '../people/login-pages.ts'
import { LOGIN_SITES } from '../people/login-site.ts'
import { open } from './pages.ts'

bindLogout(open, LOGIN_SITES.staff, '/logout')
