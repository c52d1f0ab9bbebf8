import { bindFactorPages } from '../../account/factor-pages.ts'
import { LOGIN_SITES } from '../../people/login-site.ts'
import { factorPages } from '../pages.ts'

bindFactorPages(factorPages, '/account/factors', LOGIN_SITES.staff)
