import { bindLogout } from '../people/login-pages.ts'
import { SITES } from '../people/site.ts'
import { leaveLoginAs } from './login-as/end.ts'
import { open } from './pages.ts'

bindLogout(open, SITES.customer, '/console/logout', leaveLoginAs)
