import { randomUUID } from 'node:crypto'

/** A new idempotency key for a form that is being rendered. */
export const newKey = () => randomUUID()

/** An idempotency key: 8 to 128 characters that need no escaping anywhere. */
export const KEY = /^[A-Za-z0-9._:-]{8,128}$/

/** Whether a text can be an idempotency key. */
export const isKey = (text: string | undefined): text is string => text !== undefined && KEY.test(text)
