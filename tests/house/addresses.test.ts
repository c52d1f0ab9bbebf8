import ts from 'typescript'
import { expect, test } from 'vitest'
import { type Source, nodesOf, sources } from '../support/source.ts'

/** The addresses that a file of a site adds to one of its routers: pages.get('/tags', …), form(pages, '/tags/:id', …). */
function addressesIn(source: Source): string[] {
  return nodesOf(source.tree).flatMap((node) => {
    if (!ts.isCallExpression(node)) return []
    const { expression } = node
    const asked = ts.isPropertyAccessExpression(expression) ? [expression.expression] : []
    const isSite = [...asked, ...node.arguments].some((given) => /^(pages|open)$/.test(given.getText()))
    return isSite ? node.arguments.flatMap(textsIn).filter((text) => text.startsWith('/')) : []
  })
}

function textsIn(node: ts.Node): string[] {
  if (ts.isStringLiteral(node)) return [node.text]
  if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap(textsIn)
  if (ts.isObjectLiteralExpression(node)) return node.properties.flatMap(textsIn)
  return ts.isPropertyAssignment(node) ? textsIn(node.initializer) : []
}

/** /customers/:id/ledger/export.csv stands in customers/ledger/export.ts: the words of the address, without what it is about. */
function fileOf(address: string): string {
  const words = address.split('/').filter((word) => word && !word.startsWith(':'))
  const site = words[0] === 'console' ? words.splice(0, 1)[0] : 'portal'
  return `src/${site}/${words.join('/').replace(/\.\w+$/, '') || 'home'}.ts`
}

test.each(['portal', 'console'])('an address of the %s tells the file', (site) => {
  const found = sources(`src/${site}/**/*.ts`).flatMap((source) =>
    addressesIn(source).map((address) => ({ address, file: source.file })),
  )
  if (site === 'portal') expect(found.length).toBeGreaterThan(2)
  expect(found.filter(({ address, file }) => fileOf(address) !== file)).toEqual([])
})

test('a page of the portal is a view of the same name, or of its folder', () => {
  const wrong = sources('src/portal/**/*.ts').flatMap(({ file, text }) => {
    const name = file.replace(/^src\/portal\/|\.ts$/g, '')
    const views = [...text.matchAll(/\bpage\(\s*[\w.]+,\s*'([^']+)'/g)].map(([, view = '']) => view)
    // Both sites have these pages.
    const own = views.filter((view) => !view.startsWith('people/'))
    return own
      .filter((view) => view !== name && !view.startsWith(`${name}/`))
      .map((view) => `${file}: ${view}`)
  })
  expect(wrong).toEqual([])
})
