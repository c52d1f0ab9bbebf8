import { z } from 'zod'
import { email, hiddenValue, longText, text } from '../web/form.ts'

export const customerName = () => text({ max: 120, min: 1 })

/** Digits with what people put between them; loose on purpose, because a number is called by people. */
const phone = () =>
  text({ max: 40 }).refine((value) => value === '' || /^\+?[\d ().\/x#-]*\d[\d ().\/x#-]*$/.test(value), {
    error: 'Enter a phone number, such as +49 30 1234567.',
  })

/** A count of edits as the page sent it out. */
export const version = () => hiddenValue(/^\d{1,9}$/).transform(Number)

/** The basic information. What is not sent is left alone. */
export const EditForm = z.object({
  version: version(),
  name: customerName(),
  email: email(),
  phone: phone().optional(),
  externalReference: text({ max: 100 }).optional(),
})
export type Edit = z.output<typeof EditForm>

/** Turn off: why, for staff; and what the customer is told at the door, if anything. */
export const SuspensionForm = z.object({
  reason: longText({ max: 500, min: 1 }),
  message: longText({ max: 500 }).default(''),
})
export type Suspension = z.output<typeof SuspensionForm>

export const ReinstatementForm = z.object({ reason: longText({ max: 500 }).default('') })
export type Reinstatement = z.output<typeof ReinstatementForm>
