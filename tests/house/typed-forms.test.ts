import type { HTMLElement } from 'node-html-parser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { isInConsole } from '../support/doors.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { listRoutes } from '../support/routes.ts'
import { changedSince, tableDigests } from '../support/rows.ts'
import { addressOf } from '../support/scene.ts'
import { type Visitor, tokenOf } from '../support/visit.ts'

/** Somebody who has logged in anew, and still has a token of the session before. */
interface Person {
  browser: Visitor
  csrf: string
  posts: string[]
  gets: string[]
}

let purser: RunningPurser
const people = new Map<string, Person>()

beforeAll(async () => {
  purser = await startPurser()
  const { northwind, owner } = purser
  const routes = listRoutes(purser.services).filter(({ path }) => !path.endsWith('/logout'))
  const known = await makeCustomer(northwind, { password: PASSWORD })
  const add = async (site: 'portal' | 'console', browser: Visitor, email: string) => {
    const csrf = await tokenOf(browser, site)
    await owner.prisma.session.updateMany({ data: { lastSeenAt: new Date(0) } })
    const login = site === 'portal' ? '/login' : '/console/northwind/login'
    const answer = await browser.submit(await browser.get(login), { email, password: PASSWORD })
    expect(answer.status).toBe(303)
    await owner.prisma.session.updateMany({ data: { lastSeenAt: new Date(Date.now() + 3_600_000) } })
    const theirs = routes.filter((route) => isInConsole(route) === (site === 'console'))
    const filled = (method: string) =>
      Promise.all(
        theirs
          .filter((route) => route.method === method)
          .map(({ path }) => addressOf(purser, northwind, path)),
      )
    people.set(site, { browser, csrf, posts: await filled('POST'), gets: await filled('GET') })
  }
  await add('portal', await purser.as(northwind.staff.owner), northwind.staff.owner.email)
  await add('console', await purser.asCustomer(known), known.email)
})
afterAll(() => purser.stop())

describe.each(['portal', 'console'])('forms of the session before this one, in the %s', (site) => {
  const person = () => people.get(site) as Person

  test('do nothing, wherever they are sent', async () => {
    const { browser, csrf, posts } = person()
    const before = await tableDigests(purser)
    const wrong: string[] = []
    for (const address of posts) {
      const { status } = await browser.post(address, { csrf, note: 'typed' })
      // An address without a form leads on.
      if (![303, 403, 404].includes(status)) wrong.push(`${address}: ${status}`)
    }
    expect(wrong).toEqual([])
    const own = /^(audit_rows|refused_requests)$/
    expect((await changedSince(before, purser)).filter((table) => !own.test(table))).toEqual([])
  })

  test('come back as they were typed, each of them', async () => {
    const { browser, csrf, gets } = person()
    const lost: string[] = []
    const seen = new Set<string>()
    for (const address of gets) {
      for (const form of (await browser.get(address)).html.querySelectorAll('form[method="post"]')) {
        const action = form.getAttribute('action') ?? ''
        const typed = typedInto(form)
        const known = `${action.replace(/[0-9A-Z]{10}|[0-9a-f-]{36}/g, ':id')} ${Object.keys(typed).join()}`
        if (Object.keys(typed).length === 0 || seen.has(known)) continue
        seen.add(known)
        const again = await browser.post(action, { ...givenIn(form), ...typed, csrf })
        const forms = again.html.querySelectorAll(`form[action="${action}"]`)
        const back = Object.assign({}, ...forms.map(valuesIn)) as Record<string, string>
        for (const [name, value] of Object.entries(typed))
          if (back[name] !== value) lost.push(`${address} ${action} ${name}: ${back[name]} (${again.status})`)
      }
    }
    expect(seen.size).toBeGreaterThan(site === 'portal' ? 15 : 2)
    expect(lost).toEqual([])
  })
})

const TEXTS = 'input[type="text"], input[type="email"], input[type="search"], input:not([type]), textarea'

const typedInto = (form: HTMLElement): Record<string, string> =>
  Object.fromEntries(
    form
      .querySelectorAll(TEXTS)
      .filter((field) => field.getAttribute('name') && !field.hasAttribute('readonly'))
      // A code of an app is over before it could come back.
      .filter((field) => field.getAttribute('autocomplete') !== 'one-time-code')
      .map((field, at) => [field.getAttribute('name') ?? '', `typed ${at} <&>`]),
  )

const valuesIn = (form: HTMLElement): Record<string, string> =>
  Object.fromEntries(
    form
      .querySelectorAll(TEXTS)
      .map((field) => [
        field.getAttribute('name') ?? '',
        field.tagName === 'TEXTAREA'
          ? field.textContent.replace(/^\n/, '')
          : (field.getAttribute('value') ?? ''),
      ]),
  )

const GIVEN = 'input[type="hidden"], input[type="radio"], input[type="checkbox"]'

/** What nobody types: hidden fields, and everything ticked, so that the fields which belong to it are shown. */
const givenIn = (form: HTMLElement): Record<string, string> =>
  Object.fromEntries(
    form
      .querySelectorAll(GIVEN)
      .map((field) => [field.getAttribute('name') ?? '', field.getAttribute('value') ?? 'on']),
  )
