import { sources } from './source.ts'

/** Fields whose names are put together: the limits of each role, and its box. */
const COMPOSED = ['financeEntryMax', 'ownerDayMax', 'adminApprovalAbove', 'auditor']

/** The names of all fields of all forms, as the views have them. */
export function fieldNames(): string[] {
  const names = sources('views/**/*.ejs').flatMap(({ text }) =>
    [...text.matchAll(/\bname(?:="|: ')(\w+)['"]/g)].map(([, name = '']) => name),
  )
  return [...new Set([...names, ...COMPOSED])].filter((name) => name !== 'csrf')
}
