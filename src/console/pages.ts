import { pageRouter } from '../web/page-router.ts'

/** The pages that customers see once they are logged in, and staff who stand in for one. Each file beside and below this one adds its own. */
export const pages = pageRouter()

/** Those that customers see also while their reseller requires a second factor that they do not have: the ones that set it up. */
export const factorPages = pageRouter()

/** The pages of the console that are open to everybody, such as the login. */
export const open = pageRouter()
