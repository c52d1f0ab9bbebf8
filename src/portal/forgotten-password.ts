import { Router } from 'express'
import { bindForgottenPassword } from '../people/password-pages.ts'
import { SITES } from '../people/site.ts'

/** For staff who forgot their password. */
export const forgotten = Router()

bindForgottenPassword(forgotten, '/forgotten-password', SITES.staff)
