import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { by, done } from '../support/caller.ts'
import { makeCustomer } from '../support/cast.ts'
import { tokenKept } from '../support/doors.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { statementsOf } from '../support/statements.ts'
import { SetTags } from '../../src/tags/set.ts'
import { customerRow, eventRows } from '../support/rows.ts'
import { type Answer, type Visitor, errorAt, flashOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const teamOf = ({ id }: { id: string }) => `/customers/${id}/team`

async function send(browser: Visitor, customer: { id: string }, fields: Record<string, string>) {
  return browser.post(teamOf(customer), { csrf: await tokenKept(browser, 'portal'), ...fields })
}

const teamRow = ({ teamId, resellerId }: { teamId: string; resellerId: string }) =>
  purser.services.database.prisma.team.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id: teamId } },
    include: { customers: { select: { id: true } }, billingProfile: true },
  })

const offered = (answer: Answer) =>
  answer.html.querySelectorAll('.choice').map((choice) => choice.querySelector('strong')?.textContent)

describe('rename the team', () => {
  test('changes the name, also for the search, and says so', async () => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await send(owner, customer, { teamName: 'Blue Harbour' })
    expect([answer.status, answer.location]).toEqual([303, `/customers/${customer.id}`])
    expect(flashOf(await owner.get('/customers'))).toContain('Blue Harbour')
    expect(await teamRow(customer)).toMatchObject({ name: 'Blue Harbour' })
    expect((await owner.get('/customers?q=blue+harbour')).text).toContain(customer.email)
  })

  test('that somebody else renamed meanwhile: 409 with who and both names, and theirs can be kept', async () => {
    const customer = await makeCustomer(purser.northwind)
    const fieldsOf = (page: Answer) =>
      Object.fromEntries(
        ['seen', 'theirs.teamName', 'yours.teamName'].flatMap((name) => {
          const value = valueOf(page, name)
          return value === undefined ? [] : [[name, value]]
        }),
      )
    const opened = fieldsOf(await owner.get(teamOf(customer)))
    const admin = await purser.as(purser.northwind.staff.admin)
    await send(admin, customer, { teamName: 'Theirs' })
    const conflict = await send(owner, customer, { ...opened, teamName: 'Mine' })
    expect(conflict.status).toBe(409)
    expect(wordsOf(conflict)).toContain('Last change: Admin Person')
    expect(wordsOf(conflict)).toContain('Keep yours: Mine Take theirs. Current value: Theirs')
    const again = { ...fieldsOf(conflict), teamName: 'Mine' }
    await send(owner, customer, { ...again, 'take.teamName': 'theirs' })
    expect(await teamRow(customer)).toMatchObject({ name: 'Theirs' })
    await send(owner, customer, { ...again, 'take.teamName': 'yours' })
    expect(await teamRow(customer)).toMatchObject({ name: 'Mine' })
  })

  test('an empty or far too long name is a sentence at the field', async () => {
    const customer = await makeCustomer(purser.northwind)
    const former = await teamRow(customer)
    for (const [teamName, sentence] of [
      ['', 'This field is required.'],
      ['x'.repeat(121), 'Use at most 120 characters.'],
    ] as const) {
      const answer = await send(owner, customer, { teamName })
      expect(answer.status).toBe(422)
      expect(errorAt(answer, 'teamName')).toContain(sentence)
      expect(valueOf(answer, 'teamName')).toBe(teamName)
    }
    expect(await teamRow(customer)).toMatchObject({ name: former.name })
  })

  test('twenty at once leave a chain of audit rows without a gap', async () => {
    const customer = await makeCustomer(purser.northwind, { teamName: 'Name 0' })
    const names = Array.from({ length: 20 }, (_, place) => `Name ${place + 1}`)
    const answers = await Promise.all(names.map((teamName) => send(owner, customer, { teamName })))
    expect(answers.every(({ status }) => status === 303)).toBe(true)
    const rows = (await eventRows(purser.northwind, customer, 'team.renamed')).map(
      ({ details }) => details as { from: string; to: string },
    )
    expect(rows).toHaveLength(20)
    const next = new Map(rows.map(({ from, to }) => [from, to]))
    let name = 'Name 0'
    for (let step = 0; step < 20; step++) name = next.get(name) ?? 'a gap'
    expect((await teamRow(customer)).name).toBe(name)
  })
})

describe('move to another team', () => {
  test('a search offers teams by name, company and account, never the own one, and moves', async () => {
    const customer = await makeCustomer(purser.northwind, { teamName: 'Quay Own' })
    const target = await makeCustomer(purser.northwind, {
      teamName: 'Quay Target',
      teamType: 'enterprise',
      companyName: 'Lantern 100% Ltd',
    })
    for (const words of ['quay', 'lantern 100%', target.email, target.id]) {
      const found = await owner.get(`${teamOf(customer)}?q=${encodeURIComponent(words)}`)
      expect(offered(found)).toEqual(['Quay Target'])
    }
    expect(offered(await owner.get(`${teamOf(customer)}?q=lantern+100_`))).toEqual([])
    const answer = await send(owner, customer, { teamId: target.teamId })
    expect([answer.status, answer.location]).toEqual([303, `/customers/${customer.id}`])
    expect(await customerRow(purser.northwind, customer)).toMatchObject({
      teamId: target.teamId,
      team: { type: 'enterprise', ownerCustomerId: target.id },
    })
    const [row] = await eventRows(purser.northwind, customer, 'customer.moved')
    expect(row?.details).toEqual({
      from: 'Quay Own',
      fromTeamId: customer.teamId,
      to: 'Quay Target',
      toTeamId: target.teamId,
    })
  })

  test('among many teams twenty are offered, and the page says that there are more', async () => {
    const customer = await makeCustomer(purser.northwind)
    for (let count = 0; count < 22; count++)
      await makeCustomer(purser.northwind, { teamName: `Crowd ${count}` })
    const answer = await owner.get(`${teamOf(customer)}?q=crowd`)
    expect(offered(answer)).toHaveLength(20)
    expect(wordsOf(answer)).toContain('More teams match')
    const none = await owner.get(`${teamOf(customer)}?q=no+such+team`)
    expect(wordsOf(none)).toContain('No other teams match “no such team”')
  })

  test('a team that is left empty stays with its profile, Default and without owner, and can be had back', async () => {
    const customer = await makeCustomer(purser.northwind, { teamName: 'Left Empty', teamType: 'enterprise' })
    const target = await makeCustomer(purser.northwind)
    await send(owner, customer, { teamId: target.teamId })
    expect(await teamRow(customer)).toMatchObject({
      type: 'default',
      ownerCustomerId: null,
      customers: [],
      billingProfile: { kind: 'enterprise' },
    })
    expect(offered(await owner.get(`${teamOf(customer)}?q=left+empty`))).toEqual(['Left Empty'])
    await send(owner, customer, { teamId: customer.teamId })
    expect(await teamRow(customer)).toMatchObject({ type: 'enterprise', ownerCustomerId: customer.id })
  })

  test('the oldest remaining customer becomes owner, and the type follows that one', async () => {
    const at = (day: number) => new Date(Date.UTC(2026, 0, day))
    const first = await makeCustomer(purser.northwind, { registeredAt: at(1) })
    const third = await makeCustomer(purser.northwind, { teamType: 'default', registeredAt: at(3) })
    const second = await makeCustomer(purser.northwind, { teamType: 'default', registeredAt: at(2) })
    for (const other of [third, second]) await send(owner, other, { teamId: first.teamId })
    expect(await teamRow(first)).toMatchObject({ type: 'individual', ownerCustomerId: first.id })
    const target = await makeCustomer(purser.northwind)
    await send(owner, first, { teamId: target.teamId })
    // Second never verified an address.
    expect(await teamRow(first)).toMatchObject({ type: 'default', ownerCustomerId: second.id })
  })

  test('to a new team of the customer’s own', async () => {
    const customer = await makeCustomer(purser.northwind)
    const fields = { newTeamName: 'Fresh Start' }
    expect((await send(owner, customer, fields)).status).toBe(303)
    const row = await customerRow(purser.northwind, customer)
    expect(row.team).toMatchObject({ name: 'Fresh Start', type: 'default', ownerCustomerId: customer.id })
    // Pressed twice it is one team and one move.
    await send(owner, customer, fields)
    expect((await customerRow(purser.northwind, customer)).teamId).toBe(row.teamId)
    expect(await eventRows(purser.northwind, customer, 'customer.moved')).toHaveLength(1)
  })

  /** What the form of a page sends that holds this field, or the move's decision after a conflict. */
  const fieldsIn = (page: Answer, field: string) => {
    const form = page.html.querySelectorAll('form').find((one) => one.querySelector(`[name="${field}"]`))
    const inputs = form?.querySelectorAll('input[type=hidden]') ?? []
    return Object.fromEntries(
      inputs.map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']),
    )
  }

  test('that somebody else moved meanwhile: 409 with who, when and where to; theirs can be taken, or mine sent', async () => {
    const admin = await purser.as(purser.northwind.staff.admin)
    const mine = await makeCustomer(purser.northwind, { teamName: 'Mine Harbour' })
    const theirs = await makeCustomer(purser.northwind, { teamName: 'Theirs Harbour' })
    for (const [fields, meant] of [
      [{ teamId: mine.teamId }, 'Mine Harbour'],
      [{ newTeamName: 'Fresh Harbour' }, 'Fresh Harbour'],
    ] as const) {
      for (const take of ['theirs', 'yours'] as const) {
        const customer = await makeCustomer(purser.northwind)
        const [field] = Object.keys(fields) as [string]
        const opened = fieldsIn(await owner.get(`${teamOf(customer)}?q=mine+harbour`), field)
        await send(admin, customer, { teamId: theirs.teamId })
        const conflict = await send(owner, customer, { ...opened, ...fields })
        expect(conflict.status).toBe(409)
        expect(wordsOf(conflict)).toMatch(/Last change: Admin Person, .*Changed by Admin Person/s)
        expect(wordsOf(conflict)).toContain(`Keep yours: ${meant} Take theirs. Current value: Theirs Harbour`)
        expect(conflict.html.querySelector('form a[data-close]')?.getAttribute('href')).toBe(
          `/customers/${customer.id}`,
        )
        expect((await customerRow(purser.northwind, customer)).teamId).toBe(theirs.teamId)
        const again = fieldsIn(conflict, 'take.teamId')
        const saved = await send(owner, customer, { ...again, 'take.teamId': take })
        expect([saved.status, saved.location]).toEqual([303, `/customers/${customer.id}`])
        expect((await customerRow(purser.northwind, customer)).team.name).toBe(
          take === 'theirs' ? 'Theirs Harbour' : meant,
        )
        expect(await eventRows(purser.northwind, customer, 'customer.moved')).toHaveLength(
          take === 'theirs' ? 1 : 2,
        )
      }
    }
  })

  test('pressed twice at once it is moved once', async () => {
    const [customer, target] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    const press = () => send(owner, customer, { teamId: target.teamId })
    expect((await Promise.all([press(), press()])).map(({ status }) => status)).toEqual([303, 303])
    expect(await eventRows(purser.northwind, customer, 'customer.moved')).toHaveLength(1)
  })

  test('two at once from one page: one is moved, the other is asked; a program that sends no more than the team wins as before', async () => {
    const customer = await makeCustomer(purser.northwind)
    const targets = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    const seenTeamId = customer.teamId
    const answers = await Promise.all(
      targets.map(({ teamId }) => send(owner, customer, { teamId, seenTeamId })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 409])
    // Nobody is told another person's name where it was this one, in another window.
    expect(wordsOf(answers.find(({ status }) => status === 409) as Answer)).toContain(
      'you, in another window or browser',
    )
    for (const { teamId } of targets) {
      expect((await send(owner, customer, { teamId })).status).toBe(303)
      expect(await customerRow(purser.northwind, customer)).toMatchObject({ teamId })
    }
  })

  test('a name typed for the team that the customer has left renames nothing until it is sent again', async () => {
    const customer = await makeCustomer(purser.northwind, { teamName: 'Left Behind' })
    const theirs = await makeCustomer(purser.northwind, { teamName: 'Entered' })
    const opened = fieldsIn(await owner.get(teamOf(customer)), 'teamName')
    await send(await purser.as(purser.northwind.staff.admin), customer, { teamId: theirs.teamId })
    const conflict = await send(owner, customer, { ...opened, teamName: 'Renamed' })
    expect([conflict.status, valueOf(conflict, 'teamName')]).toEqual([409, 'Renamed'])
    expect(wordsOf(conflict)).toMatch(
      /moved to team Entered after you opened this form.*Last change: Admin Person/s,
    )
    expect([await teamRow(customer), await teamRow(theirs)]).toMatchObject([
      { name: 'Left Behind' },
      { name: 'Entered' },
    ])
    expect(
      (await send(owner, customer, { ...fieldsIn(conflict, 'teamName'), teamName: 'Renamed' })).status,
    ).toBe(303)
    expect(await teamRow(theirs)).toMatchObject({ name: 'Renamed' })
  })

  test.each(['', 'abc', '00000000-0000-7000-8000-000000000000', "' or 1=1"])(
    'a team that is none (%s) is a sentence, and nothing moves',
    async (teamId) => {
      const customer = await makeCustomer(purser.northwind)
      const answer = await send(owner, customer, { teamId })
      expect(answer.status).toBe(422)
      expect(answer.html.querySelector('#teamId-error')?.textContent).toMatch(/Choose a team|Team not found/)
      expect(await customerRow(purser.northwind, customer)).toMatchObject({ teamId: customer.teamId })
    },
  )

  test('a team of another reseller is neither offered nor taken', async () => {
    const customer = await makeCustomer(purser.northwind)
    const stranger = await makeCustomer(purser.eastgate, { teamName: 'Eastern Only' })
    expect(offered(await owner.get(`${teamOf(customer)}?q=eastern`))).toEqual([])
    expect((await send(owner, customer, { teamId: stranger.teamId })).status).toBe(422)
    expect(await customerRow(purser.northwind, customer)).toMatchObject({ teamId: customer.teamId })
  })

  test('rename and move in one are refused', async () => {
    const customer = await makeCustomer(purser.northwind)
    const target = await makeCustomer(purser.northwind)
    const answer = await send(owner, customer, { teamName: 'Both', teamId: target.teamId })
    expect(answer.status).toBe(422)
    expect(await customerRow(purser.northwind, customer)).toMatchObject({ teamId: customer.teamId })
  })

  test('everybody out of a team and back at once: no deadlock, and owner and type are true', async () => {
    const members = [
      await makeCustomer(purser.northwind, { teamName: 'Swap A', teamType: 'enterprise' }),
      await makeCustomer(purser.northwind, { teamName: 'Swap B' }),
      await makeCustomer(purser.northwind, { teamName: 'Swap C', teamType: 'default' }),
    ]
    const teamIds = members.map(({ teamId }) => teamId)
    for (let round = 0; round < 4; round++) {
      const moves = members.map((member, place) =>
        send(owner, member, { teamId: teamIds[(place + round + 1) % 3] as string }),
      )
      expect((await Promise.all(moves)).map(({ status }) => status)).toEqual([303, 303, 303])
    }
    for (const teamId of teamIds) {
      const team = await teamRow({ teamId, resellerId: purser.northwind.reseller.id })
      const ids = team.customers.map(({ id }) => id)
      expect(team.ownerCustomerId === null ? ids.length === 0 : ids.includes(team.ownerCustomerId)).toBe(true)
      const verified = members.find(({ id }) => id === team.ownerCustomerId)?.emailVerifiedAt
      expect(team.type).toBe(verified && team.billingProfile ? team.billingProfile.kind : 'default')
    }
  })
})

describe('a team’s page', () => {
  const pageOf = ({ teamId }: { teamId: string }) => `/teams/${teamId}`
  const linksOf = (answer: Answer) =>
    answer.html.querySelectorAll('#main a, main a').map((link) => link.getAttribute('href') ?? '')
  const accountsOn = (answer: Answer) =>
    answer.html.querySelectorAll('table.members td.col-account a').map((link) => link.textContent.trim())

  test('shows members, whose address counts, the billing profile, and what can be done', async () => {
    const first = await makeCustomer(purser.northwind, {
      teamName: 'Paper & Sons',
      teamType: 'enterprise',
      companyName: 'Paper Ltd',
      balance: 1_250n,
      credits: 300n,
    })
    const second = await makeCustomer(purser.northwind, { state: 'OFF' })
    await send(owner, second, { teamId: first.teamId })
    await done(SetTags, by(purser.northwind.system), { id: first.id }, { tags: ['Paper'] })
    const page = await owner.get(pageOf(first))
    expect(page.status).toBe(200)
    expect(page.html.querySelector('h1')?.textContent).toContain('Paper & Sons')
    expect(accountsOn(page).toSorted()).toEqual([first.email, second.email].toSorted())
    expect(wordsOf(page)).toMatch(
      /2 customers.*First customer ON 12\.50 3\.00 Paper.*Company name\s*Paper Ltd/s,
    )
    expect(wordsOf(page)).toMatch(/OFF/)
    for (const href of [
      `/customers/${first.id}`,
      `/customers/${first.id}/billing/profile`,
      `/customers/${first.id}/team`,
      `/customers/new?teamId=${first.teamId}`,
      '/customers?tag=Paper',
    ]) {
      expect(linksOf(page)).toContain(href)
    }
  })

  test.each(['00000000-0000-7000-8000-000000000000', 'abc', '%00', 'undefined'])(
    '%s is no team',
    async (id) => {
      const page = await owner.get(`/teams/${id}`)
      expect([page.status, wordsOf(page)]).toEqual([404, expect.stringContaining('Team not found')])
    },
  )

  test('of another reseller is none either', async () => {
    const stranger = await makeCustomer(purser.eastgate)
    expect((await owner.get(pageOf(stranger))).status).toBe(404)
  })

  test('is read page by page, by as many statements however many there are', async () => {
    const host = await makeCustomer(purser.northwind, { teamName: 'Many' })
    const few = await statementsOf(() => owner.get(pageOf(host)))
    await purser.owner.prisma.$executeRaw`
      insert into customers (reseller_id, id, email, name, team_id, registered_at)
      select ${host.resellerId}, 'MANY' || lpad(n::text, 6, '0'), n || '@many.example', 'M', ${host.teamId}::uuid, now() - n * interval '1 minute'
      from generate_series(1, 120) n`
    const seen: string[] = []
    for (let address: string | null = pageOf(host); address;) {
      const page: Answer = await owner.get(address)
      seen.push(...accountsOn(page))
      address = page.html.querySelector('a[rel=next]')?.getAttribute('href') ?? null
    }
    expect(seen).toHaveLength(121)
    expect(new Set(seen).size).toBe(121)
    const first = await owner.get(pageOf(host))
    expect(accountsOn(first)).toHaveLength(50)
    expect(wordsOf(first)).toContain('121 customers')
    // The count goes along with the number on the menu.
    expect(await statementsOf(() => owner.get(pageOf(host)))).toBe(few)
    const odd = await owner.get(`${pageOf(host)}?after=${'x'.repeat(500)}`)
    expect([odd.status, accountsOn(odd).length]).toEqual([422, 50])
  })

  test('leads on from a team without customers, and says why it is Default', async () => {
    const customer = await makeCustomer(purser.northwind, { teamName: 'Nobody', teamType: 'enterprise' })
    await send(owner, customer, { newTeamName: 'Elsewhere' })
    const page = await owner.get(pageOf(customer))
    expect(wordsOf(page)).toMatch(/This team has no customers.*Default because the team has no customers\./s)
    expect(linksOf(page)).toContain(`/customers/new?teamId=${customer.teamId}`)
  })

  test('is where every place leads that names the team', async () => {
    const customer = await makeCustomer(purser.northwind, {
      teamName: 'Linked Team',
      teamType: 'enterprise',
      companyName: 'Linked Co',
    })
    const other = await makeCustomer(purser.northwind)
    await send(owner, customer, { teamName: 'Linked Again' })
    expect((await owner.get('/customers')).html.querySelector('.flash a')?.getAttribute('href')).toBe(
      pageOf(customer),
    )
    await send(owner, other, { teamId: customer.teamId })
    for (const address of [
      `/customers?q=${customer.id}`,
      `/customers/${customer.id}`,
      `/customers/${customer.id}/billing`,
      `/customers/${customer.id}/billing/profile`,
      `/customers/${customer.id}/team`,
      `/customers/new?teamId=${customer.teamId}`,
      `/customers/new?q=Linked`,
      `/customers/${(await makeCustomer(purser.northwind)).id}/team?q=Linked`,
      `/audit?customer=${customer.id}&event=team.renamed`,
      `/audit?customer=${other.id}&event=customer.moved`,
    ]) {
      expect([address, linksOf(await owner.get(address)).includes(pageOf(customer))]).toEqual([address, true])
    }
  })

  test('Default says why wherever it stands, with what would change it for who may', async () => {
    const bare = await makeCustomer(purser.northwind, { teamType: 'default' })
    const both =
      /Default because the team has no billing profile, and the e-mail address of its first customer is not verified\./
    const auditor = await purser.as(purser.northwind.staff.auditor)
    for (const address of [pageOf(bare), `/customers/${bare.id}`, `/customers/${bare.id}/billing`]) {
      const page = await owner.get(address)
      expect(wordsOf(page)).toMatch(both)
      expect(linksOf(page)).toContain(`/customers/${bare.id}/billing/profile`)
      const read = await auditor.get(address)
      expect(wordsOf(read)).toMatch(both)
      expect(linksOf(read)).not.toContain(`/customers/${bare.id}/billing/profile`)
    }
    const { html } = await owner.get(`/customers?q=${bare.id}`)
    const badge = html.querySelector('tbody td:nth-child(3) a')
    expect([badge?.textContent, badge?.getAttribute('href')]).toEqual(['Default', pageOf(bare)])
    expect(html.getElementById(badge?.getAttribute('aria-describedby') ?? '')?.textContent).toMatch(both)
    await purser.owner.prisma.customer.update({
      where: { resellerId_id: { resellerId: bare.resellerId, id: bare.id } },
      data: { emailVerifiedAt: new Date() },
    })
    expect(wordsOf(await owner.get(pageOf(bare)))).toContain(
      'Default because the team has no billing profile.',
    )
  })
})
