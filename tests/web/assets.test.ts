import request from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { iconSheet, ICONS } from '../../src/web/icons.ts'
import { joinedScript } from '../../src/web/script.ts'
import { joinedStylesheet } from '../../src/web/stylesheet.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { sources } from '../support/source.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const agent = () => request(createApp(purser.services))
/** What a page loads. */
async function loadedByLogin(): Promise<string[]> {
  const page = await purser.visitor().get('/login')
  return page.html
    .querySelectorAll('link[href], script[src]')
    .map((element) => element.getAttribute('href') ?? element.getAttribute('src') ?? '')
}

describe('what a page loads', () => {
  test('is four files, kept for ever, whose addresses tell their content', async () => {
    const addresses = await loadedByLogin()
    expect(addresses.map((address) => address.replace(/[0-9a-f]{8}/, 'HASH'))).toEqual([
      '/assets/icon.HASH.svg',
      '/assets/purser.HASH.css',
      '/assets/theme.HASH.js',
      '/assets/purser.HASH.js',
    ])
    for (const address of addresses) {
      const answer = await agent().get(address)
      expect([answer.status, answer.headers['cache-control']]).toEqual([
        200,
        'public, max-age=31536000, immutable',
      ])
    }
  })

  test('is sent as the browser takes it best, and says that it depends on that', async () => {
    const address = (await loadedByLogin())[1] as string
    const ask = (encodings: string) => agent().get(address).set('Accept-Encoding', encodings)
    const [plain, best] = [await ask('identity'), await ask('gzip, deflate, br')]
    const gzipped = await ask('gzip, br;q=0')
    expect([best.text === plain.text, gzipped.text === plain.text]).toEqual([true, true])
    expect(best.headers['content-encoding']).toBe('br')
    expect(gzipped.headers['content-encoding']).toBe('gzip')
    expect(plain.headers['content-encoding']).toBeUndefined()
    for (const answer of [plain, best, gzipped]) expect(answer.headers.vary).toBe('Accept-Encoding')
    expect(new Set([plain, best, gzipped].map(({ headers }) => headers.etag)).size).toBe(3)
  })

  test('can be asked for without its content, and whether it has changed', async () => {
    const address = (await loadedByLogin())[3] as string
    const plain = { 'Accept-Encoding': 'identity' }
    const whole = await agent().get(address).set(plain)
    const head = await agent().head(address).set(plain)
    expect([head.status, head.text, head.headers['content-length']]).toEqual([
      200,
      undefined,
      whole.headers['content-length'],
    ])
    const again = await agent().get(address).set(plain).set('If-None-Match', String(whole.headers.etag))
    expect([again.status, again.text]).toEqual([304, ''])
  })

  test('is there under the address of another version, and not kept', async () => {
    const answer = await agent().get('/assets/purser.0123456789ab.css')
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store'])
    for (const nothing of ['purser.css', 'constructor.0123456789ab.js', 'nothing.0.css', '']) {
      expect((await agent().get(`/assets/${nothing}`)).status).toBe(404)
    }
  })
})

describe('the icons', () => {
  test('are in one sheet, which pages refer to', async () => {
    const page = await (await purser.as(purser.northwind.staff.owner)).get('/customers')
    const [address = '', name = ''] = page.html.querySelector('use')?.getAttribute('href')?.split('#') ?? []
    const answer = await agent().get(address)
    expect([answer.status, answer.type]).toEqual([200, 'image/svg+xml'])
    expect(String(answer.body)).toContain(`<symbol id="${name}"`)
    expect(iconSheet().match(/<symbol [^>]*><path/g)).toHaveLength(ICONS.length)
  })

  test('are all used', () => {
    const files = [...sources('views/**/*.ejs'), ...sources('src/**/*.ts')]
    const users = files.filter(({ file }) => file !== 'src/web/icons.ts')
    const code = users.map(({ text }) => text).join('\n')
    expect(ICONS.filter((name) => !code.includes(`'${name}'`))).toEqual([])
  })
})

describe('the stylesheet', () => {
  const sheet = joinedStylesheet()

  test('keeps the states of what is used, both schemes and what scripts set', () => {
    for (const sign of ['.btn:hover', '.form-control:focus', '.form-check-input:checked', '.btn-loading'])
      expect(sheet).toContain(sign)
    expect(sheet).toMatch(/\[data-bs-theme=dark\]/)
    expect(sheet).toMatch(/@media print\b/)
  })

  test('has nothing of what no page uses', () => {
    for (const sign of ['.carousel', '.offcanvas', '.ts-dropdown', '--tblr-carousel', 'sourceMap'])
      expect(sheet).not.toContain(sign)
    expect(sheet.length).toBeLessThan(160_000)
  })

  test('defines each property of the kit that it asks for without another choice', () => {
    const defined = new Set(sheet.match(/--[\w-]+(?=\s*:)/g))
    const kits = [...sheet.matchAll(/var\(\s*(--tblr-[\w-]+)\s*\)/g)].map(([, name = '']) => name)
    expect([...new Set(kits)].filter((name) => !defined.has(name))).toEqual([])
  })
})

describe('scripts that are joined', () => {
  const joined = (files: Record<string, string>) => joinedScript('main', (name) => files[name] ?? '')

  test('run once each, after what they import, and keep their own names', () => {
    const script = joined({
      main: "import './one.js'\nimport {\n  b,\n  c,\n} from './two-b.js'\nconst own = b\nsaid.push(own, c())",
      one: "import { b } from './two-b.js'\nconst own = 'one'\nsaid.push(own, b)",
      'two-b':
        "const own = 'two'\nexport const b = 'b'\nexport function c() {\n  return own\n}\nsaid.push(own)",
    })
    const said: string[] = []
    new Function('said', script)(said)
    expect(said).toEqual(['two', 'one', 'b', 'b', 'two'])
  })

  test('import in one direction, in the forms that are known', () => {
    const circle = { main: "import './a.js'", a: "import { b } from './b.js'", b: "import './a.js'" }
    expect(() => joined(circle)).toThrow('public/a.js imports itself')
    for (const form of [
      "import * as a from './a.js'",
      'export default 1',
      "import a from 'a'",
      'export let a',
    ])
      expect(() => joined({ main: form })).toThrow('public/main.js has a form of import or export')
  })
})
