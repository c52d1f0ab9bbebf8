import { bindForgottenPassword } from '../people/password-pages.ts'
import { LOGIN_SITES } from '../people/login-site.ts'
import { open } from './pages.ts'

bindForgottenPassword(open, '/forgotten-password', LOGIN_SITES.staff)
