import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { type Source, importsOf, nodesOf, packagesOf, placeOf, sources } from '../support/source.ts'

const code = sources('src/**/*.ts')
const views = sources('views/**/*.ejs')

/** The room a file stands in: src/ledger/post.ts is in ledger; '' for the files at the door. */
const roomOf = (file: string) => (file.split('/').length > 2 ? (file.split('/')[1] ?? '') : '')
const isHttp = (file: string) => /(^|[/-])routes\.ts$/.test(file)
const isForms = (file: string) => /(^|[/-])forms\.ts$/.test(file)

function found(among: readonly Source[], look: (source: Source) => (string | false)[]): string[] {
  return among.flatMap((source) => look(source).filter((fault) => typeof fault === 'string'))
}

test('the walls are looked at', () => {
  expect(code.length).toBeGreaterThan(50)
  expect(views.length).toBeGreaterThan(20)
})

describe('between rooms', () => {
  /** From the top down: a file imports from those below its own floor; from its own floor, only what BESIDE lets it. */
  const FLOORS: readonly (readonly string[])[] = [
    ['server.ts', 'commands'],
    ['startup'],
    ['app.ts'],
    ['portal', 'console'],
    [
      'audit',
      'mails',
      'resellers',
      'invites',
      'customers',
      'charges',
      'billing',
      'ledger',
      'tags',
      'teams',
      'staff',
      'login-as',
      'backup',
      'account',
    ],
    ['actions', 'lists'],
    ['people'],
    ['files', 'mail'],
    ['events'],
    ['web'],
    ['forms'],
    ['services.ts', 'log.ts'],
    ['jobs', 'config.ts'],
    ['app-key.ts'],
    ['database'],
    [
      'words',
      'generated',
      'keys.ts',
      'paths.ts',
      'concurrency-limit.ts',
      'request-facts.ts',
      'hidden-field.ts',
      'lately-used.ts',
    ],
  ]

  /** What may be imported beside it, on the same floor. The list may only shrink. */
  const BESIDE: Readonly<Record<string, readonly string[]>> = {
    audit: ['ledger', 'login-as', 'tags'],
    billing: ['ledger', 'teams'],
    charges: ['ledger'],
    customers: ['billing', 'ledger', 'login-as', 'tags', 'teams'],
    invites: ['billing', 'customers', 'ledger', 'tags', 'teams'],
    ledger: ['login-as', 'staff'],
    mails: ['customers', 'invites', 'ledger', 'resellers'],
    resellers: ['invites', 'ledger', 'staff'],
    staff: ['login-as'],
  }

  const placeIn = (file: string) => file.replace(/^src\//, '').split('/')[0] ?? ''
  const floorOf = (file: string) => FLOORS.findIndex((floor) => floor.includes(placeIn(file)))

  /** Each import from one folder into another: [who, whom]. */
  const imports = code.flatMap((source) =>
    importsOf(source)
      .filter((to) => to.startsWith('src/') && placeIn(to) !== placeIn(source.file))
      .map((to) => [source.file, to] as const),
  )

  test('every file stands on a floor', () => {
    expect(code.filter(({ file }) => floorOf(file) < 0).map(({ file }) => file)).toEqual([])
  })

  test('a file imports from the floors below', () => {
    const up = imports.filter(([from, to]) => floorOf(to) < floorOf(from))
    expect(up.map((edge) => edge.join(' → '))).toEqual([])
  })

  test('and from its own floor where the list says so; the list has nothing that is not used', () => {
    const beside = imports.filter(([from, to]) => floorOf(to) === floorOf(from))
    const found: Record<string, string[]> = {}
    for (const [from, to] of beside) (found[placeIn(from)] ??= []).push(placeIn(to))
    const used = Object.entries(found).map(([from, to]) => [from, [...new Set(to)].sort()])
    expect(Object.fromEntries(used)).toEqual(BESIDE)
  })

  test('no folder imports itself through others', () => {
    const next = (place: string) =>
      imports.filter(([from]) => placeIn(from) === place).map(([, to]) => placeIn(to))
    const reached = (place: string, seen = new Set<string>()): Set<string> => {
      for (const to of next(place)) if (!seen.has(to)) reached(to, seen.add(to))
      return seen
    }
    const places = new Set(code.map(({ file }) => placeIn(file)))
    expect([...places].filter((place) => reached(place).has(place))).toEqual([])
  })

  test('no file imports itself through others', () => {
    const next = new Map(code.map((source) => [source.file, importsOf(source)]))
    const done = new Set<string>()
    const cycles: string[] = []
    const walk = (file: string, way: readonly string[]) => {
      if (way.includes(file)) cycles.push([...way.slice(way.indexOf(file)), file].join(' → '))
      if (done.has(file)) return
      done.add(file)
      for (const to of next.get(file) ?? []) walk(to, [...way, file])
    }
    for (const { file } of code) walk(file, [])
    expect(cycles).toEqual([])
  })

  test('only the application and a site itself know its routes', () => {
    const wrong = found(code, (source) =>
      importsOf(source).map(
        (to) =>
          isHttp(to) &&
          roomOf(source.file) !== roomOf(to) &&
          roomOf(source.file) !== '' &&
          `${source.file} knows ${to}`,
      ),
    )
    expect(wrong).toEqual([])
  })

  /** New Customer and registration ask for a billing profile, tags and opening credits in one form with their own fields. */
  const COMPOSED = ['src/customers/forms.ts', 'src/invites/forms.ts']

  test('a room reaches another through its rules, not through its forms', () => {
    // A command is a door of its own and asks by the same forms.
    const rooms = code.filter(({ file }) => roomOf(file) !== 'commands')
    const wrong = found(rooms, (source) =>
      importsOf(source).map(
        (to) =>
          isForms(to) &&
          // The sites are pages only: the rooms have the forms and rules for them.
          !['portal', 'console'].includes(roomOf(source.file)) &&
          roomOf(to) !== roomOf(source.file) &&
          !COMPOSED.includes(source.file) &&
          `${source.file} knows ${to}`,
      ),
    )
    expect(wrong).toEqual([])
  })

  test('a rule sees neither request nor answer', () => {
    const WITH_MIDDLEWARE = ['', 'web', 'files', 'actions', 'people', 'portal', 'console', 'audit', 'account']
    const rooms = code.filter(({ file }) => !WITH_MIDDLEWARE.includes(roomOf(file)) && !isHttp(file))
    expect(
      found(rooms, (source) => packagesOf(source).map((name) => name === 'express' && source.file)),
    ).toEqual([])
  })

  test('a view sees neither database nor process, and waits for nothing', () => {
    const wrong = found(views, ({ file, text }) => {
      const scriptlets = text.match(/<%(?!#)[\s\S]*?%>/g) ?? []
      const withoutStrings = scriptlets.join('\n').replace(/'[^'\n]*'/g, "''")
      return [
        /\b(prisma|database|services|process|require|import|await|globalThis)\b/.test(withoutStrings) && file,
      ]
    })
    expect(wrong).toEqual([])
  })

  test('only src/config.ts reads the environment', () => {
    const wrong = found(code, ({ file, text }) => [
      /process\.env\b/.test(text) && file !== 'src/config.ts' && file,
    ])
    expect(wrong).toEqual([])
  })
})

/** `name` of `db.name.method({...})` and the object given, for each such call. */
function* writesOf(
  source: Source,
): Generator<{ model: string; method: string; given: ts.Node; node: ts.Node }> {
  for (const node of nodesOf(source.tree)) {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) continue
    const { name, expression } = node.expression
    const model = ts.isPropertyAccessExpression(expression) ? expression.name.text : ''
    const [given] = node.arguments
    if (given && model && /^(create|update|upsert|delete)/.test(name.text)) {
      yield { model, method: name.text, given, node }
    }
  }
}

/** The names of the properties inside an object, at any depth. */
const propertiesIn = (node: ts.Node) =>
  nodesOf(node)
    .filter((inner) => ts.isPropertyAssignment(inner) || ts.isShorthandPropertyAssignment(inner))
    .map((property) => property.name.getText())

describe('around the money', () => {
  const outside = code.filter(({ file }) => roomOf(file) !== 'ledger')
  const MONEY = /^(balance|credits)(Seq|Hash)?$/

  test('only src/ledger writes postings, entries and what the accounts stand at', () => {
    const wrong = found(outside, (source) =>
      [...writesOf(source)].map(({ model, given, node }) => {
        const isMoney =
          /^(posting|entry)$/.test(model) ||
          (model === 'customer' && propertiesIn(given).some((name) => MONEY.test(name)))
        return isMoney && placeOf(source, node)
      }),
    )
    expect(wrong).toEqual([])
  })

  test('nor does anybody else in SQL', () => {
    const wrong = found(outside, ({ file, text }) => [
      /(insert\s+into|update|delete\s+from|truncate)\s+(postings|entries)\b/i.test(text) && file,
      /update\s+customers\s+(\w+\s+)?set[^`'"]*\b(balance|credits)(_seq|_hash)?\s*=/i.test(text) && file,
    ])
    expect(wrong).toEqual([])
  })
})

describe('around the tenants', () => {
  const RELATED =
    /^(connect|connectOrCreate|disconnect|create|createMany|update|updateMany|upsert|delete|deleteMany)$/

  test('relations are read, never written: only scalar foreign keys are', () => {
    const wrong = found(code, (source) =>
      [...writesOf(source)].flatMap(({ method, given, node }) => {
        // Upsert's own create and update stand at the top; whatever stands deeper is a relation's.
        const inner = ts.isObjectLiteralExpression(given)
          ? given.properties.flatMap((property) => propertiesIn(property).slice(method === 'upsert' ? 1 : 0))
          : propertiesIn(given)
        return inner.map((name) => RELATED.test(name) && `${placeOf(source, node)} ${name}`)
      }),
    )
    expect(wrong).toEqual([])
  })

  test('every relation carries the reseller, and nothing follows a changed or removed key', () => {
    const schema = sources('prisma/schema.prisma')[0]?.text ?? ''
    const relations = schema.match(/@relation\([^)]*fields:[^)]*\)/g) ?? []
    expect(relations.length).toBeGreaterThan(10)
    const wrong = relations.filter(
      (relation) =>
        !/fields: \[resellerId\b/.test(relation) || !/onDelete: NoAction, onUpdate: NoAction/.test(relation),
    )
    expect(wrong).toEqual([])
  })

  test('every table of a tenant has the key (reseller_id, id), or says why not', () => {
    const schema = sources('prisma/schema.prisma')[0]?.text ?? ''
    const models = [...schema.matchAll(/^model (\w+) \{([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => ({
      name,
      body,
    }))
    const tenants = models.filter(({ body }) => /\bresellerId\b/.test(body))
    // Global on purpose, the pairs of a customer and a tag, what is named by its posting, account, factor or time, and what may be there once.
    const others = [
      'StaffAddress',
      'Session',
      'CustomerTag',
      'CustomerAmount',
      'GrantMovement',
      'LowBalanceAlert',
      'ChainMark',
      'FactorSecret',
      'Passkey',
      'MovedSum',
      'Receipt',
    ]
    const wrong = tenants.filter(
      ({ name, body }) => !others.includes(name) && !body.includes('@@id([resellerId, id])'),
    )
    expect(wrong.map(({ name }) => name)).toEqual([])
    const uniques = tenants.flatMap(({ name, body }) =>
      [...body.matchAll(/@@unique\(\[(\w+)/g)].map(([, first]) => first !== 'resellerId' && name),
    )
    expect(uniques.filter(Boolean)).toEqual([])
  })
})
