import { Router } from 'express'

/** The pages that staff see once they are logged in. Each file beside and below this one adds its own, under whole addresses. */
export const pages = Router()

/** The pages that are open to everybody, such as the login. */
export const open = Router()
