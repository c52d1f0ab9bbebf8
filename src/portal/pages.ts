import { pageRouter } from '../web/page-router.ts'

/** The pages that staff see once they are logged in. Each file beside and below this one adds its own, under whole addresses. */
export const pages = pageRouter()

/** Those that staff see also while their role requires a second factor that they do not have: the ones that set it up. */
export const factorPages = pageRouter()

/** The pages that are open to everybody, such as the login. */
export const open = pageRouter()
