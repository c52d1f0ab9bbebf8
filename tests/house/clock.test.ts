import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { nodesOf, sources } from '../support/source.ts'

// The machines that Purser and its database run on have clocks of their own, and so have two machines that Purser runs on. It goes by
// one: the database's.

/** Where the machine's clock is read, to be held against the database's. */
const CLOCK = 'src/database/clock.ts'
/** Where ids are given the time. */
const IDS = 'src/database/id.ts'
/** What a developer runs, with no database to ask. */
const TOOLS = ['prisma/new-migration.ts']

const isNamed = (node: ts.Node, names: readonly string[]) => names.includes(node.getText().replace(/\s/g, ''))

/** Whether a piece of code is told the time by the machine. Durations are counted with performance.now(), which nobody sets. */
function asksMachine(node: ts.Node): boolean {
  if (ts.isNewExpression(node)) return isNamed(node.expression, ['Date']) && !node.arguments?.length
  if (ts.isCallExpression(node)) return isNamed(node.expression, ['Date', 'process.hrtime.bigint'])
  if (ts.isImportSpecifier(node)) return isNamed(node.propertyName ?? node.name, ['v1', 'v6', 'v7'])
  const OTHERS = ['Date.now', 'Temporal.Now', 'performance.timeOrigin', 'performance.toJSON']
  return ts.isPropertyAccessExpression(node) && isNamed(node, OTHERS)
}

test('no code asks the machine what time it is, but for the one place that compares it with the database', () => {
  const files = ['src/**/*.ts', 'prisma/**/*.ts'].flatMap(sources)
  expect(files.length).toBeGreaterThan(200)
  const found = files.flatMap(({ file, tree }) => (nodesOf(tree).some(asksMachine) ? [file] : []))
  expect(found.filter((file) => !TOOLS.includes(file)).sort()).toEqual([CLOCK, IDS])
})

test('what nobody gives a time to gets the database’s, at the moment it is written', () => {
  const schema = readFileSync('prisma/schema.prisma', 'utf8')
  // Prisma's own now() and @updatedAt are the machine's.
  expect(schema).not.toMatch(/@default\(now\(\)\)|@updatedAt/)
  // That the tables have these defaults is in schema-drift.test.ts.
  expect(schema.match(/@default\(dbgenerated\("clock_timestamp\(\)"\)\)/g)?.length).toBeGreaterThan(20)
})
