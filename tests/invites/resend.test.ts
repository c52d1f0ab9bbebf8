import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeLetter } from '../../src/mails/letter.ts'
import { invited, inviteEvents, pathShown } from '../support/invites.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, flashOf, refusalOf, tokenOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const addressOf = ({ id }: { id: string }) => `/invites/${id}/resend`
const mails = (toEmail: string) =>
  prisma().mail.findMany({ where: { toEmail }, orderBy: { createdAt: 'asc' } })
const anHourAgo = (toEmail: string) =>
  prisma().mail.updateMany({ where: { toEmail }, data: { createdAt: new Date(Date.now() - 3_600_000) } })

let counted = 0
async function forSomebody() {
  counted += 1
  const email = `guest-${counted}@somewhere.example`
  return { email, ...(await invited(owner, purser.northwind, { email })) }
}

describe('sending an invite again', () => {
  test('mails the link that is good now; Support may', async () => {
    const { row, email } = await forSomebody()
    await anHourAgo(email)
    await owner.submit(await owner.get(`/invites/${row.id}/regeneration`))
    const support = await purser.as(purser.northwind.staff.support)
    const answer = await support.submit(await support.get('/invites'), {}, { action: addressOf(row) })
    expect([answer.status, answer.location]).toEqual([303, '/invites'])
    const all = await mails(email)
    expect(all).toHaveLength(2)
    const { text, html, fate } = await writeLetter(purser.services, all[1]!)
    const path = await pathShown(owner, row)
    expect(text).toContain(path)
    expect(html).toContain(path)
    expect(text).toContain(`Register with the address ${email}`)
    expect(fate).toBeNull()
    const [event] = await inviteEvents(purser.northwind, row, 'invite.resent')
    expect(event).toMatchObject({
      actorName: 'support@northwind.example',
      details: { invite: row.id, email },
    })
  })

  test('a new link, or a second invite to the same address, is mailed though another mail has just left', async () => {
    const { row, email } = await forSomebody()
    await owner.submit(await owner.get(`/invites/${row.id}/regeneration`))
    const press = async (of: { id: string }) =>
      flashOf(
        await owner.follow(await owner.submit(await owner.get('/invites'), {}, { action: addressOf(of) })),
      )
    expect(await press(row)).toBe(`The invite is on its way to ${email} again.`)
    expect(await press(row)).toContain('a moment ago')
    const { row: second } = await invited(owner, purser.northwind, { email })
    expect(await press(second)).toContain('a moment ago')
    await owner.submit(await owner.get(`/invites/${second.id}/regeneration`))
    expect(await press(second)).toBe(`The invite is on its way to ${email} again.`)
    expect((await mails(email)).map(({ values }) => values)).toEqual([
      { inviteId: row.id, generation: 1 },
      { inviteId: row.id, generation: 2 },
      { inviteId: second.id, generation: 1 },
      { inviteId: second.id, generation: 2 },
    ])
  })

  test('is refused for an invite that is for nobody in particular, or no longer open', async () => {
    const csrf = await tokenOf(owner)
    const { row: anybody } = await invited(owner, purser.northwind)
    const refused = await owner.post(addressOf(anybody), { csrf })
    expect([refused.status, refusalOf(refused)]).toEqual([409, expect.stringContaining('no e-mail address')])
    for (const data of [{ revokedAt: new Date() }, { uses: 1 }, { expiresAt: new Date() }]) {
      const { row, email } = await forSomebody()
      await prisma().invite.updateMany({ where: { id: row.id }, data })
      await anHourAgo(email)
      const answer = await owner.post(addressOf(row), { csrf })
      expect([answer.status, refusalOf(answer)]).toEqual([409, expect.stringContaining('no longer open')])
      expect(await mails(email)).toHaveLength(1)
      expect((await owner.get('/invites')).html.querySelector(`form[action="${addressOf(row)}"]`)).toBeNull()
      const details = await owner.get(`/invites/${row.id}`)
      expect(details.html.querySelector(`form[action="${addressOf(row)}"]`)).toBeNull()
      expect(wordsOf(details)).toContain('no longer open, so it cannot be sent again')
      // A mail that is still waiting by then is not sent either.
      const [mail] = await mails(email)
      expect((await writeLetter(purser.services, mail!)).fate).not.toBeNull()
    }
  })
})
