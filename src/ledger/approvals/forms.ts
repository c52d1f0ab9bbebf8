import { z } from 'zod'
import { longText } from '../../web/form.ts'

const COMMENT_MAX = 1000

/** Approval, and withdrawing what one has entered: a comment where there is something to say. */
export const DecisionForm = z.object({ comment: longText({ max: COMMENT_MAX }).default('') })

/** Rejecting what somebody else has entered: they are told why. */
export const RejectionForm = z.object({ comment: longText({ max: COMMENT_MAX, min: 1 }) })
