import { makeCustomer, type House } from './cast.ts'
import type { RunningPurser } from './purser.ts'
import { type Route, listRoutes } from './routes.ts'
import { addressOf, fillIn, makeTag } from './scene.ts'
import { type Answer, type Visitor, tokenOf } from './visit.ts'

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
  const seen: Seen[] = []
  const see = (name: string, answer: Answer) => {
    const isPage = answer.headers.get('Content-Type')?.startsWith('text/html') && answer.status !== 303
    const isDialog = answer.html.querySelector('.dialog-fragment') !== null
    if (isPage) seen.push({ name: `${name}: ${answer.status}`, answer, isDialog })
  }

  const gets = routes.filter(({ method }) => method === 'GET')
  for (const address of await filledAddresses(purser, gets)) {
    see(`owner, ${address}`, await owner.get(address))
    see(`owner, ${address} as a dialog`, await owner.get(address, AS_DIALOG))
  }
  await seeFormsComeBack(purser, owner, routes, see)
  for (const role of ['support', 'auditor'] as const) {
    const member = await purser.as(purser.northwind.staff[role])
    for (const { path } of gets) {
      see(`${role}, ${path}`, await member.get(await addressOf(purser, purser.northwind, path)))
    }
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
  await seeAsVisitor(purser, gets, see)
  return seen
}

/** The addresses of all pages, as an owner and as a visitor meets them; files and machines' addresses are left out. */
export async function pageAddresses(purser: RunningPurser): Promise<{ staff: string[]; visitor: string[] }> {
  const routes = listRoutes(purser.services).filter(
    ({ method, path }) => method === 'GET' && !/z$|\.(csv|pdf)$/.test(path),
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
  const addresses: string[] = []
  for (const { path } of gets) {
    if (/^\/customers\/:id[^:]*$/.test(path)) addresses.push(fillIn(path, rich))
    else addresses.push(await addressOf(purser, northwind, path))
    if (/^\/customers\/:id(\/state)?$/.test(path)) addresses.push(fillIn(path, off))
  }
  return addresses
}

/** Enterprise, with money on both accounts and a tag. */
async function makeRichCustomer(house: House): Promise<string> {
  const { id } = await makeCustomer(house, { teamType: 'enterprise', balance: 123_450n, credits: 5_000n })
  const tagId = await makeTag(house)
  await house.system.database.prisma.customerTag.create({
    data: { resellerId: house.reseller.id, customerId: id, tagId },
  })
  return id
}

async function makeOffCustomer(house: House): Promise<string> {
  const { id, resellerId } = await makeCustomer(house, { state: 'OFF' })
  await house.system.database.prisma.customer.update({
    where: { resellerId_id: { resellerId, id } },
    data: { stateChangedAt: new Date(), stateMessage: 'Your account is being looked at.' },
  })
  return id
}

/** Every form sent empty, and sent with nonsense in every field. */
async function seeFormsComeBack(purser: RunningPurser, owner: Visitor, routes: readonly Route[], see: See) {
  const csrf = await tokenOf(owner)
  for (const { path } of routes.filter(({ method }) => method === 'POST')) {
    const empty = await addressOf(purser, purser.northwind, path)
    see(`owner, ${path} sent empty`, await owner.post(empty, { csrf }))
    const address = await addressOf(purser, purser.northwind, path)
    const answer = await owner.post(address, { ...NONSENSE, csrf }, AS_DIALOG)
    see(`owner, ${path} sent with nonsense, as a dialog`, answer)
    see(`owner, ${path} sent with nonsense`, await owner.post(address, { ...NONSENSE, csrf }))
  }
}

const NONSENSE = Object.fromEntries(
  `email name phone externalReference teamName teamId version amount credits seen reason comment note channel reference tags colour
   into kind legalName companyName taxId addressLine1 city postalCode country billingEmail role current password reseller slug
   currency timeZone locale supportEmail maxUses expiresInDays description effectiveAt category expiresOn`
    .split(/\s+/)
    .map((field) => [field, '<b>&"\'']),
)

async function seeAsVisitor(purser: RunningPurser, gets: readonly Route[], see: See) {
  const visitor = purser.visitor()
  for (const { path } of gets) {
    see(`visitor, ${path}`, await visitor.get(await addressOf(purser, purser.northwind, path)))
    if (path.includes(':token')) see(`visitor, ${path} unknown`, await visitor.get(fillIn(path, 'nonsense')))
  }
  const login = await visitor.get('/login')
  const wrong = { email: 'nobody@northwind.example', password: 'not the password' }
  see('visitor, a wrong password', await visitor.submit(login, wrong))
  see('visitor, a login without its token', await visitor.post('/login', wrong))
}
