import ejs from 'ejs'
import { piecesOf } from './code.ts'

const COLUMNS = 120

/** What is wrong with how a view is written: its syntax, a line that is too long, or one that is not indented by pairs of spaces. */
export function faultsOfLines(file: string, text: string): string[] {
  const faults = text.split('\n').flatMap((line, index) => {
    const at = `${file}:${index + 1}`
    return [
      ...(line.length > COLUMNS ? [`${at} is longer than ${COLUMNS}`] : []),
      ...(/[ \t]$/.test(line) ? [`${at} ends with a space`] : []),
      ...(/^ *\t/.test(line) ? [`${at} is indented by a tab`] : []),
      ...(/^(?: {2})* \S/.test(line) && !isComment(text, line) ? [`${at} is indented by an odd number`] : []),
    ]
  })
  return [...faults, ...syntaxOf(file, text)]
}

const isComment = (text: string, line: string) =>
  piecesOf(text).some(({ kind, text: comment }) => kind === 'comment' && comment.includes(line))

function syntaxOf(file: string, text: string): string[] {
  try {
    ejs.compile(text, { filename: file })
    return []
  } catch (error) {
    return [`${file} is no EJS: ${String(error)}`]
  }
}
