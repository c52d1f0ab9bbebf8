import { randomCode } from '../database/id.ts'

/** A new internal customer ID: ten characters, assigned once. 50 bits, so a clash is left to the primary key and another try. */
export const newCustomerId = () => randomCode(10)

/** Whether a text has the form of an internal customer ID, in upper case. */
export const isCustomerId = (text: string) => /^[0-9A-HJKMNP-TV-Z]{10}$/.test(text)
