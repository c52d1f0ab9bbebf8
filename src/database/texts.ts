import pg from 'pg'
import { hiddenField } from '../hidden-field.ts'

/** Has pg give the columns of a row as PostgreSQL sent them. */
export const AS_TEXTS = {
  rowMode: 'array',
  types: { getTypeParser: () => (text: string) => text },
} as const

type TextRow = (string | null)[]

/** The rows as pg gives them otherwise. What each was made of can be asked for by textOf(). */
export function rowsOfTexts<Row extends object>({
  fields,
  rows,
}: Pick<pg.QueryArrayResult<TextRow>, 'fields' | 'rows'>): Row[] {
  const columns = fields.map(({ name, dataTypeID }) => ({
    name,
    parse: pg.types.getTypeParser(dataTypeID, 'text') as (text: string) => unknown,
  }))
  return rows.map((texts) => {
    const row: Record<string, unknown> = {}
    let place = 0
    for (const { name, parse } of columns) {
      const text = texts[place++] ?? null
      row[name] = text === null ? null : parse(text)
    }
    TEXTS.set(row, texts)
    return row as Row
  })
}

const TEXTS = hiddenField<TextRow>()

/** All that PostgreSQL said of a row, as one text that no other row has. */
export function textOf(row: object): string | undefined {
  const texts = TEXTS.get(row)
  if (!texts) return undefined
  let nulls = ''
  for (const [place, text] of texts.entries()) if (text === null) nulls += `${place} `
  // No text of PostgreSQL's has this character.
  return `${nulls}\0${texts.join('\0')}`
}
