import { bindLogout } from '../people/login-pages.ts'
import { LOGIN_SITES } from '../people/login-site.ts'
import { leaveLoginAs } from './login-as/end.ts'
import { open } from './pages.ts'

bindLogout(open, LOGIN_SITES.customer, '/console/logout', leaveLoginAs)
