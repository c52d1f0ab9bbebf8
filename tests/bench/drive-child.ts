// Sends requests as fast as they are answered, in a process of its own: what it takes of a core is not the server's.
import { randomInt } from 'node:crypto'
import { newKey } from '../../src/ledger/facts.ts'
import { customerId, teamsOf } from './customers.ts'
import { KeptConnection } from './kept-connection.ts'
import { measured } from './measured.ts'
import { CONNECTIONS_A_PERSON } from './people.ts'
import type { Job, JobDone } from './drive.ts'

process.on('message', (job: Job) => {
  drive(job).then(
    (done) => process.send?.(done),
    (error: unknown) => process.send?.({ failed: String(error) } satisfies JobDone),
  )
})
process.once('disconnect', () => process.exit())

async function drive(job: Job): Promise<JobDone> {
  const { hostname, port } = new URL(job.url)
  const took: number[] = []
  let bytes = 0
  const began = performance.now()
  const until = began + job.seconds * 1000
  const work = async (at: number) => {
    const connection = await KeptConnection.open(hostname, Number(port))
    // Once at least.
    do {
      const request = requestOf(job, at)
      const sent = performance.now()
      const answer = await connection.ask(request)
      took.push(performance.now() - sent)
      bytes += answer.bytes
      if (answer.status !== job.status) throw new Error(`${job.path} answered ${answer.status}.`)
    } while (performance.now() < until)
    connection.close()
  }
  await Promise.all(Array.from({ length: job.connections }, (_, at) => work(at)))
  const seconds = (performance.now() - began) / 1000
  return { ...measured(took, seconds), count: took.length, bytes: Math.round(bytes / took.length) }
}

/** The request of a connection, with another customer and key each time. */
function requestOf({ url, method, path, fields, people, size, encoding }: Job, at: number): string {
  const person = people[Math.floor(at / CONNECTIONS_A_PERSON) % people.length]
  const customer = customerId(randomInt(size))
  const team = String(randomInt(teamsOf(size)) + 1)
  const filled = (text: string) =>
    text
      .replace('{customer}', customer)
      .replace('{team}', team)
      .replace('{key}', newKey)
      .replace('{csrf}', person?.csrf ?? '')
  const accepts = encoding && `Accept-Encoding: ${encoding}\r\n`
  const head = `${method} ${filled(path)} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nCookie: ${person?.cookie}\r\n${accepts}`
  if (!fields) return `${head}Accept: text/html\r\n\r\n`
  const own = { ...fields, ...person?.fields }
  const body = new URLSearchParams(
    Object.entries(own).map(([name, value]) => [name, filled(value)]),
  ).toString()
  return (
    `${head}Origin: ${url}\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
}
