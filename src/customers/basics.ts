import { z } from 'zod'
import type { FieldNames } from '../events/changes.ts'
import { email, text } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'
import { t } from '../words/words.ts'

/** A customer's name as people give it. */
export const customerName = () => text({ max: 120, min: 1 })

/** Digits with what people put between them; loose on purpose, because a number is called by people. */
const phone = () =>
  text({ max: 40 }).refine((value) => value === '' || /^\+?[\d ().\/x#-]*\d[\d ().\/x#-]*$/.test(value), {
    error: phrase('Enter a phone number, such as +49 30 1234567.'),
  })

const Basics = z.object({
  name: customerName(),
  email: email(),
  phone: phone(),
  externalReference: text({ max: 100 }),
})

/** The basic information of a customer, which can be edited. */
export type Basics = z.output<typeof Basics>

/** What each field is called in a sentence. */
export const BASIC_NAMES: FieldNames & Record<keyof Basics, unknown> = {
  name: t('name'),
  email: t('e-mail address'),
  phone: t('phone'),
  externalReference: t('external reference'),
}

/** The basic information of a customer. */
export const basicsOf = ({ name, email, phone, externalReference }: Basics): Basics => ({
  name,
  email,
  phone,
  externalReference,
})

/** What the form of a new customer asks of it. */
export const NewBasics = Basics.pick({ email: true, name: true })

/** The same, of a whole form. */
export const newBasicsOf = ({ email, name }: z.output<typeof NewBasics>) => ({ email, name })

/** What an edit changes of it. A field that is not sent is left alone, but for those that no customer is without. */
export const EditedBasics = z.object({ ...Basics.partial().shape, ...NewBasics.shape })
