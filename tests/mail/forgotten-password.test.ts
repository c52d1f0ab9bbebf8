import { afterAll, beforeAll, expect, test } from 'vitest'
import { MailServer } from '../support/mail-server.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { wordsOf } from '../support/visit.ts'

const server = new MailServer()
let purser: RunningPurser
beforeAll(async () => {
  await server.start()
  purser = await startPurser({ works: true, env: { SMTP_URL: `smtp://127.0.0.1:${server.port}` } })
})
afterAll(async () => {
  await purser.stop()
  await server.stop()
})

test('who forgot the password asks, gets a mail, and its link leads to the form; nobody else gets one', async () => {
  const { email } = purser.northwind.staff.support
  const visitor = purser.visitor()
  const ask = async (address: string) => {
    const answer = await visitor.submit(await visitor.get('/forgotten-password'), { email: address })
    expect(answer.status).toBe(303)
    return wordsOf(await visitor.follow(answer)).replaceAll(address, '…')
  }
  const known = await ask(email)
  expect(await ask('nobody@northwind.example')).toBe(known)

  const { text, headers } = await server.mailTo(email)
  expect(headers.subject).toBe('Set a new password')
  const [, path = ''] = /(\/set-password\/\S+)/.exec(text) ?? []
  const page = await visitor.get(path)
  expect(page.status).toBe(200)
  expect(page.html.querySelector('input[name="password"]')).not.toBeNull()
  expect(server.mails.flatMap(({ to }) => to)).toEqual([email])
})
