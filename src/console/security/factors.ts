import { bindFactorPages } from '../../account/factor-pages.ts'
import { LOGIN_SITES } from '../../people/login-site.ts'
import { factorPages } from '../pages.ts'

bindFactorPages(factorPages, '/console/security/factors', LOGIN_SITES.customer)
