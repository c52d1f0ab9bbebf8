import { randomUUID } from 'node:crypto'
import { makeCustomer, type House } from './cast.ts'
import { consoleViews } from './console-pages.ts'
import { isInConsole, tokenKept } from './doors.ts'
import { fieldNames } from './fields.ts'
import type { RunningPurser } from './purser.ts'
import { type Route, listRoutes } from './routes.ts'
import { addressOf, addressesOf, fillIn, makeTag, makeUsedInvite, makeWaiting } from './scene.ts'
import type { Answer, Visitor } from './visit.ts'

/** A page as somebody saw it. */
export interface Seen {
  /** Who saw what, for the report of a sweep. */
  name: string
  answer: Answer
  /** What dialogs.js gets: the page without the frame around it. */
  isDialog: boolean
}

const AS_DIALOG = { 'X-Requested-With': 'purser-dialog' }

/**
 * Every page that there is, in the states that matter: filled, empty, as a dialog, with a form that came back, refused, not found, and
 * as a visitor sees it. New addresses are visited as soon as they are routed.
 */
export async function everyPage(purser: RunningPurser): Promise<Seen[]> {
  const routes = listRoutes(purser.services).filter(({ path }) => !/^\/(healthz|readyz|logout)$/.test(path))
  const owner = await purser.as(purser.northwind.staff.owner)
  // First, so that the portal's lists have what customers and their invites leave in them.
  const views = await consoleViews(purser)
  const seen: Seen[] = []
  const see = (name: string, answer: Answer) => {
    const isPage = answer.headers.get('Content-Type')?.startsWith('text/html') && answer.status !== 303
    if (!isPage) return
    const isDialog = answer.html.querySelector('.dialog-fragment') !== null
    seen.push({ name: `${name}: ${answer.status}`, answer, isDialog })
  }

  const gets = routes.filter(({ method }) => method === 'GET')
  for (const address of await filledAddresses(purser, gets)) {
    see(`owner, ${address}`, await owner.get(address))
    see(`owner, ${address} as a dialog`, await owner.get(address, AS_DIALOG))
  }
  await seeFormsComeBack(
    purser,
    { who: 'owner', browser: owner, routes: routes.filter((route) => !isInConsole(route)) },
    see,
  )
  for (const { who, browser, addresses } of views) {
    for (const address of addresses) see(`${who}, ${address}`, await browser.get(address))
    see(`${who}, /console/nothing-here`, await browser.get('/console/nothing-here'))
  }
  // Each kind of reader sends the console's forms too; whoever may not is told so on a page as well.
  for (const { who, browser } of views.filter(({ sends }) => sends)) {
    const theirs = routes.filter((route) => isInConsole(route) && !/\/(logout|end)$/.test(route.path))
    await seeFormsComeBack(purser, { who, browser, routes: theirs }, see)
  }
  const filled = pagesOf(purser)
  for (const role of ['support', 'auditor'] as const) {
    const member = await purser.as(purser.northwind.staff[role])
    for (const { path } of gets) see(`${role}, ${path}`, await member.get(await filled(path)))
  }
  const stranger = await purser.as(purser.eastgate.staff.owner)
  for (const { path } of gets.filter(({ path }) => !path.includes(':'))) {
    see(`an empty house, ${path}`, await stranger.get(path))
  }
  for (const address of [
    '/nothing-here',
    '/customers/0000000000',
    '/customers?q=nobody-is-called-so',
    '/audit?q=x',
  ]) {
    see(`owner, ${address}`, await owner.get(address))
  }
  await seeAsVisitor(purser, gets, filled, see)
  return seen
}

/**
 * The addresses of all pages of the portal, as an owner and as a visitor meets them; files and machines' addresses are left out. The
 * console's are in consoleViews().
 */
export async function pageAddresses(purser: RunningPurser): Promise<{ staff: string[]; visitor: string[] }> {
  const routes = listRoutes(purser.services).filter(
    (route) => route.method === 'GET' && !isInConsole(route) && !/z$|\.(csv|pdf)$/.test(route.path),
  )
  const all = await filledAddresses(purser, routes)
  const owner = await purser.as(purser.northwind.staff.owner)
  const visitor = purser.visitor()
  const staff: string[] = ['/nothing-here']
  const open: string[] = []
  for (const address of new Set(all)) {
    if ((await visitor.get(address)).status !== 303) open.push(address)
    else if ((await owner.get(address)).status !== 303) staff.push(address)
  }
  return { staff, visitor: open }
}

type See = (name: string, answer: Answer) => void

/** Each address with something in it; a customer's with one of whom there is much to show, and where it matters one who is OFF. */
async function filledAddresses(purser: RunningPurser, gets: readonly Route[]): Promise<string[]> {
  const { northwind } = purser
  const rich = await makeRichCustomer(northwind)
  const off = await makeOffCustomer(northwind)
  await makeWaiting(northwind, { customer: { id: rich } })
  const addresses: string[] = []
  for (const { path } of gets) {
    if (/^\/customers\/:id[^:]*$/.test(path)) addresses.push(fillIn(path, rich))
    else addresses.push(await addressOf(purser, northwind, path))
    if (/^\/customers\/:id(\/state|\/login-as)?$/.test(path)) addresses.push(fillIn(path, off))
    if (path === '/invites/:id') addresses.push(fillIn(path, await makeUsedInvite(northwind)))
  }
  return addresses
}

/** Enterprise, with sums of twelve digits on both accounts, tags, and a name and an address that are longer than a narrow window. */
async function makeRichCustomer(house: House): Promise<string> {
  const { id: resellerId } = house.reseller
  const { prisma } = house.system.database
  const address = `bookkeeping.department.${randomUUID().slice(0, 8)}`
  const { id } = await makeCustomer(house, {
    email: `${address}@subsidiaries-of-redwoodmotors.example`,
    name: 'Ana María de los Ángeles Fernández-Villaverde y García-Huidobro',
    teamName: 'Donaudampfschifffahrtsgesellschaft Vermögensverwaltungs- und Beteiligungs-GmbH & Co. KG',
    teamType: 'enterprise',
    balance: 999_999_999_999n,
    credits: 123_456_789_012n,
  })
  for (const name of ['Awaiting signed processing agreement', 'Umsatzsteuer-Identifikationsnummer', 'VIP']) {
    const tagId = await makeTag(house, `${name} ${id.slice(0, 4)}`)
    await prisma.customerTag.create({ data: { resellerId, customerId: id, tagId } })
  }
  return id
}

async function makeOffCustomer(house: House): Promise<string> {
  const { id, resellerId } = await makeCustomer(house, { state: 'OFF' })
  await house.owner.prisma.customer.update({
    where: { resellerId_id: { resellerId, id } },
    data: { stateChangedAt: new Date(), stateMessage: 'Your account is being looked at.' },
  })
  return id
}

/** Every form sent empty, and sent with nonsense in every field. */
async function seeFormsComeBack(
  purser: RunningPurser,
  { who, browser, routes }: { who: string; browser: Visitor; routes: readonly Route[] },
  see: See,
) {
  for (const { path } of routes.filter(({ method }) => method === 'POST')) {
    const csrf = await tokenKept(browser, isInConsole({ path }) ? 'console' : 'portal')
    const empty = await addressOf(purser, purser.northwind, path)
    see(`${who}, ${path} sent empty`, await browser.post(empty, { csrf }))
    const address = await addressOf(purser, purser.northwind, path)
    const answer = await browser.post(address, { ...NONSENSE, csrf }, AS_DIALOG)
    see(`${who}, ${path} sent with nonsense, as a dialog`, answer)
    see(`${who}, ${path} sent with nonsense`, await browser.post(address, { ...NONSENSE, csrf }))
  }
}

/** Without what makes the whole form unusable, so that each field says what is wrong with it. */
const NONSENSE = Object.fromEntries(
  fieldNames()
    .filter((name) => !/^(idempotencyKey|seen|version|token)$/.test(name))
    .map((name) => [name, '<b>&"\'']),
)

/** The address of a page, with something in it that is the same for all who open it; but a code is used up by whoever does. */
function pagesOf(purser: RunningPurser): (path: string) => Promise<string> {
  const known = addressesOf(purser, purser.northwind)
  return (path) => (path.includes(':code') ? addressOf(purser, purser.northwind, path) : known(path))
}

async function seeAsVisitor(
  purser: RunningPurser,
  gets: readonly Route[],
  filled: (path: string) => Promise<string>,
  see: See,
) {
  const visitor = purser.visitor()
  for (const { path } of gets) {
    see(`visitor, ${path}`, await visitor.get(await filled(path)))
    if (path.includes(':token')) see(`visitor, ${path} unknown`, await visitor.get(fillIn(path, 'nonsense')))
  }
  const login = await visitor.get('/login')
  const wrong = { email: 'nobody@northwind.example', password: 'not the password' }
  see('visitor, a wrong password', await visitor.submit(login, wrong))
  see('visitor, a login without its token', await visitor.post('/login', wrong))
}
