import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parsePlPgSQLSync, parseSync } from 'libpg-query'
import { at, childrenOf, isNode, list } from './syntax.ts'

const schema = readFileSync(path.resolve(import.meta.dirname, '../../prisma/schema.prisma'), 'utf8')
const enumTypes = [...schema.matchAll(/^enum \w+ \{[^}]*@@map\("(\w+)"\)/gm)].map(([, name = '']) => name)
const ENUM = new RegExp(`\\b(${enumTypes.join('|')})\\b`, 'g')

/** Whether the result of a function, given as the text of its file, depends on its arguments alone. */
export const isImmutable = (text: string) => definitionOf(text).volatility === 'immutable'

/**
 * Every statement and expression in the body of a function, given as the text of its file, each parsed; arguments and variables are
 * parameters in it.
 */
export function bodyOf(text: string): unknown[] {
  const { language, body, parameters } = definitionOf(text)
  if (language === 'sql') return [withGiven(parseSync(body), new Set(parameters))]
  // The parser takes a type that it does not know for a row's, which cannot be assigned as a value is.
  const parsed: unknown = parsePlPgSQLSync(text.replaceAll(ENUM, 'text'))
  const given = new Set(['new', 'old', ...variablesIn(parsed)])
  return statementsIn(parsed).map((statement) => withGiven(parseSync(statement), given))
}

function definitionOf(text: string) {
  const definition = list(at(parseSync(text), 'stmts'))
    .map((one) => at(one, 'stmt', 'CreateFunctionStmt'))
    .find(isNode)
  const option = (name: string) =>
    list(at(definition, 'options'))
      .map((one) => at(one, 'DefElem'))
      .find((one) => at(one, 'defname') === name)
  return {
    language: at(option('language'), 'arg', 'String', 'sval'),
    volatility: at(option('volatility'), 'arg', 'String', 'sval'),
    body: String(at(list(at(option('as'), 'arg', 'List', 'items'))[0], 'String', 'sval')),
    parameters: list(at(definition, 'parameters')).map((one) => String(at(one, 'FunctionParameter', 'name'))),
  }
}

function variablesIn(node: unknown): string[] {
  const names = [at(node, 'PLpgSQL_var', 'refname'), at(node, 'PLpgSQL_rec', 'refname')]
  return [...names.filter((name) => typeof name === 'string'), ...childrenOf(node).flatMap(variablesIn)]
}

/** An expression is the SELECT of it, also one that is assigned to a variable. */
function statementsIn(node: unknown): string[] {
  const expression = at(node, 'PLpgSQL_expr')
  if (!isNode(expression)) return childrenOf(node).flatMap(statementsIn)
  const query = String(expression.query)
  if (expression.parseMode === STATEMENT) return [query]
  return [`select ${expression.parseMode === EXPRESSION ? query : query.replace(/^[^=]*=/, '')}`]
}

/** PostgreSQL's raw_parse_mode; what is neither of these is an assignment. */
const STATEMENT = 0
const EXPRESSION = 2

/** A copy in which each of these names, alone or before the name of a field, is a parameter. */
function withGiven(node: unknown, given: ReadonlySet<string>): unknown {
  if (Array.isArray(node)) return node.map((one) => withGiven(one, given))
  if (!isNode(node)) return node
  const [first] = list(at(node, 'ColumnRef', 'fields'))
  if (given.has(String(at(first, 'String', 'sval')))) return { ParamRef: {} }
  return Object.fromEntries(Object.entries(node).map(([name, inner]) => [name, withGiven(inner, given)]))
}
