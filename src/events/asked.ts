import { type Sentence, t } from '../words/words.ts'

/** The words of a list's own filters: of each, what a value of it asks for, to be read within a sentence. */
export type FilterWords = Readonly<Record<string, (value: string) => Sentence>>

/**
 * What a list was narrowed to when it was exported: the query of its address, in words for a sentence. How it was sorted makes no
 * difference to what was taken along, so that is left out.
 */
export function askedInWords(query: string, words: FilterWords): Sentence[] {
  return [...new URLSearchParams(query)].flatMap(([name, value]): Sentence[] => {
    if (name === 'sort' || value === '') return []
    if (name === 'q') return [t('the search “{text}”', { text: value })]
    const inWords = Object.hasOwn(words, name) ? words[name] : undefined
    return [inWords?.(value) ?? t('{name} {value}', { name, value })]
  })
}
