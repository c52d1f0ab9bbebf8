import { Router } from 'express'

/** The pages that staff see once they are logged in. Each file beside and below this one adds its own, under whole addresses. */
export const pages = Router()
