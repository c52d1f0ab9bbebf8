import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'

const root = path.resolve(import.meta.dirname, '../..')

/** One file of the house's own code. */
export interface Source {
  /** From the project's folder: src/web/page.ts */
  file: string
  text: string
  /** Read as a program reads it, once it is asked for: many look at the text alone. */
  readonly tree: ts.SourceFile
}

/** The files that fit, without what is generated. */
export function sources(pattern: string): Source[] {
  return globSync(pattern, { cwd: root, exclude: ['src/generated/**'] })
    .sort()
    .map((file) => {
      const text = readFileSync(path.join(root, file), 'utf8')
      let tree: ts.SourceFile | undefined
      return {
        file,
        text,
        get tree() {
          return (tree ??= ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
        },
      }
    })
}

/** What is written for people: the README, the security policy and everything in docs. */
export const PAPERS = globSync(['README.md', 'SECURITY.md', 'docs/**/*.md'], { cwd: root }).sort()

/** A file of the project as text. */
export const fileOf = (file: string) => readFileSync(path.join(root, file), 'utf8')

/** The files that this one imports, from the project's folder; packages are left out. */
export function importsOf({ file, tree }: Source): string[] {
  return tree.statements.flatMap((statement) => {
    const from =
      ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)
        ? statement.moduleSpecifier
        : undefined
    const named = from && ts.isStringLiteral(from) ? from.text : ''
    return named.startsWith('.') ? [path.join(path.dirname(file), named)] : []
  })
}

/** The packages that this one imports, types included. */
export function packagesOf({ tree }: Source): string[] {
  return tree.statements.flatMap((statement) => {
    const named = ts.isImportDeclaration(statement)
      ? (statement.moduleSpecifier as ts.StringLiteral).text
      : '.'
    return named.startsWith('.') ? [] : [named]
  })
}

/** Every node below this one, itself first; without commas, brackets and the like, for which the text would be read once more. */
export function nodesOf(node: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = []
  const add = (one: ts.Node) => {
    nodes.push(one)
    ts.forEachChild(one, add)
  }
  add(node)
  return nodes
}

/** Where a node stands, for a person: src/web/page.ts:17 */
export function placeOf({ file, tree }: Source, node: ts.Node): string {
  return `${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
}
