/**
 * Marks a sentence for translators where it has to stay a plain text, as a message of zod's: it is put into words later, by t().
 */
export const phrase = (text: string) => text
