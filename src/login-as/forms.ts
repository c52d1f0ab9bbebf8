import { z } from 'zod'
import { choice, longText } from '../web/form.ts'
import { MODES } from './modes.ts'

/** Login-as asks why: the reason stands in the audit log, and the customer is shown it. */
export const LoginAsForm = z.object({ mode: choice(MODES), reason: longText({ max: 500, min: 3 }) })
