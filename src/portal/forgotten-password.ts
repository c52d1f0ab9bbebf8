import { bindForgottenPassword } from '../people/password-pages.ts'
import { SITES } from '../people/site.ts'
import { open } from './pages.ts'

bindForgottenPassword(open, '/forgotten-password', SITES.staff)
