import pg from 'pg'

/**
 * SQL for all columns of a model, under the names of its fields, as Prisma would select them. `fields`: its scalar fields, by Prisma;
 * `unread`: but for these, see UNREAD_FIELDS. `asText`: these as text, for JSON. What is joined has a prefix, see withJoined().
 */
export const modelColumns = (
  fields: object,
  table: string,
  { prefix = '', unread = {}, asText = {} }: { prefix?: string; unread?: object; asText?: object } = {},
) =>
  Object.keys(fields)
    .filter((field) => !(field in unread))
    .map((field) => `${table}.${columnName(field)}${field in asText ? '::text' : ''} as "${prefix}${field}"`)
    .join(', ')

/** SQL for the rows of a model's table that are the reseller's, who is $1: in the place of the table where rows are read whole. */
export const readableRows = (table: string, fields: object, unread: object) => {
  const read = Object.keys(fields).filter((field) => !(field in unread))
  return `(select ${read.map(columnName).join(', ')} from ${table} where reseller_id = $1)`
}

/** A field's column: as the schema's @map has it everywhere. */
export const columnName = (field: string) =>
  field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** A row with another one that was joined to it, whose columns have the prefix `name.`. */
export type Joined<Row, Name extends string, Other> = Row & {
  [Field in keyof Other & string as `${Name}.${Field}`]: Other[Field]
}

/** The row with the joined one as an object of its own, as Prisma gives what is included. */
export function withJoined<Row extends object, Name extends string, Other extends object>(
  row: Joined<Row, Name, Other>,
  name: Name,
): Row & Record<Name, Other> {
  const own: Record<string, unknown> = {}
  const other: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(row)) {
    if (field.startsWith(`${name}.`)) other[field.slice(name.length + 1)] = value
    else own[field] = value
  }
  return { ...own, [name]: other } as Row & Record<Name, Other>
}

/** For pg: a bigint as one, as Prisma gives it, instead of as text. */
export const AS_PRISMA: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === (pg.types.builtins.INT8 as number) ? BigInt : pg.types.getTypeParser(oid, format as 'text'),
}
