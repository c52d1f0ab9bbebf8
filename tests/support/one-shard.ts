import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync } from 'libpg-query'
import { FUNCTIONS } from '../../src/database/functions.ts'
import { bodyOf, isImmutable } from './function-bodies.ts'
import { at, childrenOf, isNode, list, type Node } from './syntax.ts'

const schema = readFileSync(path.resolve(import.meta.dirname, '../../prisma/schema.prisma'), 'utf8')
const models = [...schema.matchAll(/^model \w+ \{([\s\S]*?)^\}/gm)].map(([, body = '']) => ({
  table: /@@map\("(\w+)"\)/.exec(body)?.[1] ?? '',
  body,
}))
const enums = new Set([...schema.matchAll(/^enum (\w+)/gm)].map(([, name = '']) => name))

/** The tables whose rows belong to a reseller. `staff_addresses` says whose an address is, and is read before anybody knows. */
const TENANT_TABLES = new Set(
  models
    .filter(({ table, body }) => table !== 'staff_addresses' && /@map\("reseller_id"\)/.test(body))
    .map(({ table }) => table),
)

/** Those with a column that Prisma casts in RETURNING, which a distributed table refuses. */
const CAST_TABLES = new Set(
  models
    .filter(({ body }) =>
      [...body.matchAll(/^ {2}\w+ +(\w+)\??.*$/gm)].some(
        ([line, type = '']) => enums.has(type) || line.includes('@db.Inet'),
      ),
    )
    .map(({ table }) => table),
)

/** A table in FROM, or the one that is written to. */
interface Source {
  table: string
  alias: string
}

/** Our functions whose result depends on more than their arguments. */
const CHANGING = new Set(
  Object.keys(FUNCTIONS.texts).filter((name) => !isImmutable(FUNCTIONS.texts[name] ?? '')),
)

/** Functions of PostgreSQL whose result is another one at each call. */
const VOLATILE = new Set(['clock_timestamp', 'timeofday', 'random', 'gen_random_uuid', 'nextval'])

/** What keeps a statement from being sent to one shard: empty for one that can be. */
export function shardFaults(text: string): string[] {
  return faultsOf(parseSync(text))
}

/** The same for every statement in the body of a function, given as the text of its file: its arguments and variables are given. */
export const functionFaults = (text: string) => bodyOf(text).flatMap(faultsOf)

function faultsOf(parsed: unknown): string[] {
  const faults: string[] = []
  look(parsed, new Set(), faults)
  return faults
}

/** Looks at every statement and sub-select below this node. `named`: the names of common table expressions around it. */
function look(node: unknown, named: ReadonlySet<string>, faults: string[]): void {
  if (!isNode(node)) return
  for (const [kind, inner] of Object.entries(node)) {
    if (!isNode(inner)) continue
    const within = new Set([...named, ...commonNames(inner)])
    if (kind === 'SelectStmt') lookAtLevel(inner, within, faults)
    if (kind === 'UpdateStmt' || kind === 'DeleteStmt') lookAtLevel(inner, within, faults)
    if (kind === 'InsertStmt') lookAtInsert(inner, faults)
    if (kind === 'UpdateStmt' || kind === 'InsertStmt') lookAtReturning(inner, faults)
    if (kind === 'UpdateStmt' || kind === 'DeleteStmt' || kind === 'InsertStmt') lookAtCalls(inner, faults)
    if (kind in WHOLE) lookAtWhole(inner, WHOLE[kind] ?? kind, faults)
    look(inner, within, faults)
  }
}

const commonNames = (statement: Node): string[] =>
  list(at(statement, 'withClause', 'ctes')).map((cte) => String(at(cte, 'CommonTableExpr', 'ctename')))

function lookAtLevel(statement: Node, named: ReadonlySet<string>, faults: string[]) {
  const conditions = conditionsOf(statement)
  const sources = sourcesOf(statement)
  const tenants = sources.filter(({ table }) => TENANT_TABLES.has(table) && !named.has(table))
  for (const { table, alias } of tenants) {
    const isNamed = conditions.some((condition) => namesReseller(condition, alias, sources.length === 1))
    if (!isNamed) faults.push(`${table} ${alias} without its own reseller_id`)
  }
}

function lookAtInsert(statement: Node, faults: string[]) {
  const table = String(at(statement, 'relation', 'relname'))
  const columns = list(statement.cols).map((column) => at(column, 'ResTarget', 'name'))
  if (TENANT_TABLES.has(table) && !columns.includes('reseller_id'))
    faults.push(`insert into ${table} without reseller_id`)
}

function lookAtReturning(statement: Node, faults: string[]) {
  const table = String(at(statement, 'relation', 'relname'))
  const columns = list(at(statement, 'returningClause', 'exprs') ?? statement.returningList)
  const casts = columns.some((column) => isNode(at(column, 'ResTarget', 'val', 'TypeCast')))
  if (CAST_TABLES.has(table) && casts) faults.push(`${table} is returned with a cast`)
}

/** Statements that name no rows, or in which no condition says whose they are. */
const WHOLE: Readonly<Record<string, string>> = {
  MergeStmt: 'merge',
  TruncateStmt: 'truncate',
  LockStmt: 'lock',
  CopyStmt: 'copy',
}

function lookAtWhole(statement: Node, what: string, faults: string[]) {
  const tables = [statement.relation, ...list(statement.relations).map((one) => at(one, 'RangeVar'))]
  for (const table of tables.map((one) => String(at(one, 'relname')))) {
    if (TENANT_TABLES.has(table)) faults.push(`${what} of ${table}`)
  }
}

/**
 * A distributed table is not written by what may be another thing on another node: no function of ours over a column unless it is
 * IMMUTABLE, and no clock but now(). A time is a parameter.
 */
function lookAtCalls(statement: Node, faults: string[]) {
  const table = String(at(statement, 'relation', 'relname'))
  if (!TENANT_TABLES.has(table)) return
  const isOverTable =
    !('cols' in statement) || list(at(statement, 'selectStmt', 'SelectStmt', 'fromClause')).some(hasTable)
  if (!isOverTable) return
  for (const call of callsIn(statement)) {
    const name = String(at(list(call.funcname).at(-1), 'String', 'sval'))
    const isChanging = CHANGING.has(name) && !isGiven(list(call.args))
    if (isChanging || VOLATILE.has(name)) faults.push(`${table} is written by ${name}()`)
  }
}

const hasTable = (node: unknown): boolean =>
  isNode(node) && ('RangeVar' in node || childrenOf(node).some(hasTable))

function callsIn(node: unknown): Node[] {
  if (!isNode(node)) return []
  const call = at(node, 'FuncCall')
  return [...(isNode(call) ? [call] : []), ...childrenOf(node).flatMap(callsIn)]
}

/** The tables of a statement itself, not of its sub-selects. */
function sourcesOf(statement: Node): Source[] {
  const found: Source[] = []
  const walk = (node: unknown) => {
    if (!isNode(node)) return
    if ('RangeVar' in node) add(node.RangeVar)
    else if ('JoinExpr' in node) {
      walk(at(node, 'JoinExpr', 'larg'))
      walk(at(node, 'JoinExpr', 'rarg'))
    }
  }
  const add = (range: unknown) => {
    const table = String(at(range, 'relname'))
    found.push({ table, alias: String(at(range, 'alias', 'aliasname') ?? table) })
  }
  if (isNode(statement.relation)) add(statement.relation)
  for (const item of [...list(statement.fromClause), ...list(statement.usingClause)]) walk(item)
  return found
}

/** What holds for every row of a statement: its WHERE and the conditions of its joins, taken apart at each AND. */
function conditionsOf(statement: Node): Node[] {
  const found: Node[] = []
  const add = (node: unknown) => {
    if (!isNode(node)) return
    if (at(node, 'BoolExpr', 'boolop') === 'AND_EXPR') list(at(node, 'BoolExpr', 'args')).forEach(add)
    else found.push(node)
  }
  const walk = (node: unknown) => {
    const join = at(node, 'JoinExpr')
    if (!isNode(join)) return
    add(join.quals)
    walk(join.larg)
    walk(join.rarg)
  }
  add(statement.whereClause)
  for (const item of [...list(statement.fromClause), ...list(statement.usingClause)]) walk(item)
  return found
}

/** Whether this condition says which reseller's rows of this table: = or IN, alone or in a row of columns. */
function namesReseller(condition: Node, alias: string, isAlone: boolean): boolean {
  const comparison = at(condition, 'A_Expr')
  if (!isNode(comparison)) return false
  const operator = at(list(comparison.name)[0], 'String', 'sval')
  if (operator !== '=' || !['AEXPR_OP', 'AEXPR_IN'].includes(String(comparison.kind))) return false
  const { lexpr: left, rexpr: right } = comparison
  return isKey(left, right, { alias, isAlone }) || isKey(right, left, { alias, isAlone })
}

function isKey(column: unknown, value: unknown, of: { alias: string; isAlone: boolean }): boolean {
  const row = list(at(column, 'RowExpr', 'args'))
  if (row.length > 0) return row.some((one) => isReseller(one, of)) && isGiven(value)
  return isReseller(column, of) && isGiven(value)
}

function isReseller(node: unknown, { alias, isAlone }: { alias: string; isAlone: boolean }): boolean {
  const fields = list(at(node, 'ColumnRef', 'fields')).map((field) => at(field, 'String', 'sval'))
  if (fields.at(-1) !== 'reseller_id') return false
  return fields.length === 1 ? isAlone : fields.at(-2) === alias
}

/** A parameter or constant, also within casts, rows and lists: no column is in it. */
function isGiven(node: unknown): boolean {
  if (isNode(node) && ('ColumnRef' in node || 'SubLink' in node)) return false
  return childrenOf(node).every(isGiven)
}
