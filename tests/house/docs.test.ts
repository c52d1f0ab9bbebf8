import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import '../../src/app.ts'
import { everyEvent } from '../../src/events/event.ts'
import { fileOf, PAPERS, placeOf, sources } from '../support/source.ts'

const code = sources('src/**/*.ts')
const papers = PAPERS.map(fileOf).join('\n')
const packages = JSON.parse(fileOf('package.json')) as {
  scripts: Record<string, string>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

/** The names that the environment's schema in src/config.ts has. */
const variables = [...fileOf('src/config.ts').matchAll(/^ {4}([A-Z][A-Z_]+):/gm)].map(([, name = '']) => name)

describe('who reads the code is told', () => {
  test('what every exported function promises', () => {
    const silent = code.flatMap((source) =>
      source.tree.statements
        .filter(
          (statement) => isExportedFunction(statement) && ts.getJSDocCommentsAndTags(statement).length === 0,
        )
        .map((statement) => placeOf(source, statement)),
    )
    expect(silent).toEqual([])
  })

  test('what every table is for', () => {
    const schema = fileOf('prisma/schema.prisma')
    const models = schema.match(/^(?:.*\n)?model \w+/gm) ?? []
    expect(models.length).toBeGreaterThan(10)
    expect(models.filter((model) => !model.startsWith('///'))).toEqual([])
  })

  test('what every view is and which locals it takes', () => {
    const views = sources('views/**/*.ejs')
    const silent = views.filter(
      ({ text }) => !text.startsWith('<%#') || !/[Ll]ocals/.test(text.split('%>')[0] ?? ''),
    )
    expect(silent.map(({ file }) => file)).toEqual([])
  })
})

describe('who runs Purser is told', () => {
  test('every variable of the environment, in .env.example and in the papers', () => {
    expect(variables.length).toBeGreaterThan(10)
    const example = fileOf('.env.example')
    expect(variables.filter((name) => !new RegExp(`^(# )?${name}=`, 'm').test(example))).toEqual([])
    expect(variables.filter((name) => !papers.includes(`\`${name}\``))).toEqual([])
    const known = [...example.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map(([, name = '']) => name)
    expect(known.filter((name) => !variables.includes(name))).toEqual([])
  })

  test('the reason for every dependency', () => {
    const all = Object.keys({ ...packages.dependencies, ...packages.devDependencies })
    expect(all.filter((name) => !papers.includes(`\`${name}\``))).toEqual([])
  })

  test('every command', () => {
    const inner = /^(postinstall|check:.*)$/
    const commands = Object.keys(packages.scripts).filter((name) => !inner.test(name))
    const missing = commands.filter((name) => !new RegExp(`npm (run )?${name}\\b`).test(papers))
    expect(missing).toEqual([])
  })
})

test('every event is declared under its own name, and left somewhere', () => {
  // What waits, and that it was approved, is recorded by the posting's own function.
  const inSql = sources('prisma/migrations/*/migration.sql').map(({ text }) => text)
  const wrong = [...everyEvent().keys()].filter((name) => {
    const constant = name.replace(/[._](.)/g, (_, letter: string) => letter.toUpperCase())
    const declaration = `const ${constant} = event<`
    const isDeclared = code.some(({ text }) => text.includes(declaration))
    const isLeft =
      code.some(({ text }) => new RegExp(`\\b${constant}\\b`).test(text.replace(declaration, ''))) ||
      inSql.some((text) => text.includes(`'${name}'`))
    return !isDeclared || !isLeft
  })
  expect(wrong).toEqual([])
})

function isExportedFunction(statement: ts.Statement): boolean {
  const exported = ts.canHaveModifiers(statement)
    ? ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    : false
  if (!exported) return false
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return true
  return (
    ts.isVariableStatement(statement) &&
    statement.declarationList.declarations.some(
      ({ initializer }) =>
        initializer && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer)),
    )
  )
}
