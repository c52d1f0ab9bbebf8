import path from 'node:path'
import { meanings } from '../../src/words/catalogues/meanings.ts'
import { keysIn } from './keys.ts'

/*
 * npm run words: every text that a translator has to put into another language, as JSON lines: the text, what it means or in which of
 * its meanings it stands, where the code says so, and every place in which it stands.
 */
for (const { text, context, places } of keysIn(path.resolve(import.meta.dirname, '../..'))) {
  const meaning = meanings.get(text)
  console.log(JSON.stringify({ text, ...(context && { context }), ...(meaning && { meaning }), places }))
}
