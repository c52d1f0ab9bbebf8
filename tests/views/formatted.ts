import prettier from 'prettier'

/** As all code is written, but for the width. */
const style = await prettier.resolveConfig(import.meta.filename)

/** A tag that writes something: `<%= … %>` or `<%- … %>`. A line break at its beginning or end is there to keep a line short. */
const WRITING = /<%([=-])(\s*?\n *| *)([^]*?)(\s*?\n *| *)(-?)%>/g

/** As wide as a line of a view may be. */
const WIDTH_MAX = 120
/** Where a line is too long otherwise, its code is broken as if it had no more room than this. */
const NARROWER = [100, 80, 60, 40]

/**
 * A view with the code of each tag that writes as Prettier writes it, within the width of a view's lines. Code that opens or closes a
 * block is part of a sentence that goes on in other tags, so it is left as it is.
 */
export async function formattedView(text: string): Promise<string> {
  let written = ''
  let done = 0
  for (const [tag, kind, before = '', code = '', after = '', minus] of text.matchAll(WRITING)) {
    const index = text.indexOf(tag, done)
    written += `${text.slice(done, index)}<%${kind}${before.includes('\n') ? before : ' '}`
    done = index + tag.length
    const line = written.slice(written.lastIndexOf('\n') + 1)
    const end = `${after.includes('\n') ? after : ' '}${minus}%>`
    const [behind = ''] = /^[^\n]*/.exec(end + text.slice(done)) ?? []
    written += (await expressionOf(code, line, behind)) + end
  }
  return written + text.slice(done)
}

/** The code of one tag, behind the beginning of its line and before what follows in its last one. */
async function expressionOf(code: string, line: string, behind: string): Promise<string> {
  const indentation = /^ */.exec(line)?.[0] ?? ''
  const formatted = async (printWidth: number) => {
    const lines = (await prettier.format(code, { ...style, parser: '__ts_expression', printWidth })).trim().split('\n')
    return lines.map((one, place) => (place > 0 && one ? indentation + one : one)).join('\n')
  }
  const fits = (one: string) =>
    `${line}${one}${behind}`.split('\n').every(({ length }) => length <= WIDTH_MAX)
  for (const width of [WIDTH_MAX - line.length - behind.length, WIDTH_MAX - line.length, ...NARROWER]) {
    if (width < Math.min(...NARROWER)) continue
    const one = await formatted(width)
    if (fits(one)) return one
  }
  return code
}
