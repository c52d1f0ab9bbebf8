import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  createWriteStream,
  existsSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { readCsv } from '../support/csv.ts'
import { atOnce, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-charges-'))
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(async () => {
  await purser.stop()
  rmSync(folder, { recursive: true, force: true })
})

const project = path.resolve(import.meta.dirname, '../..')
const HEAD = 'customer,amount,description,external_reference'
type Customer = Awaited<ReturnType<typeof makeCustomer>>
const prove = (customer: Customer) => proveLedger(purser.services.database.pool, customer)

let files = 0
function fileOf(content: string | Buffer, ending = 'csv'): string {
  const file = path.join(folder, `charges-${++files}.${ending}`)
  writeFileSync(file, content)
  return file
}

/** The command as a process of its own. */
function start(words: string[], { preload }: { preload?: string } = {}) {
  const first = preload ? ['--import', `data:text/javascript,${encodeURIComponent(preload)}`] : []
  const child = spawn(process.execPath, [...first, 'src/commands/import-charges.ts', ...words], {
    cwd: project,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      LOG_LEVEL: 'warn',
      APP_KEY: Buffer.alloc(32, 7).toString('base64'),
      DATABASE_URL: purser.database.appUrl,
      DATABASE_OWNER_URL: purser.database.ownerUrl,
    },
  })
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]).then(
    ([out, err, [code]]) => ({ out, err, code: code as number | null }),
  )
  return { child, ended }
}

async function run(words: string[], input = '') {
  const { child, ended } = start(words)
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return ended
}

const chargesOf = async (customers: readonly Customer[]) => {
  const { rows } = await purser.services.database.pool.query<{ count: number }>(
    `select count(*)::int from postings where kind = 'charge' and customer_id = any($1)`,
    [customers.map(({ id }) => id)],
  )
  return rows[0]?.count ?? 0
}

// Each command is a process, which takes its time on a busy machine.
describe('npm run charges:import', { timeout: 240_000 }, () => {
  test('0 when all is applied, now or before; 1 with a report when rows were refused', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const file = fileOf(`${HEAD}\n${customer.id},1,VM,c1\n`)
    const first = await run(['--reseller', 'northwind', file])
    expect(first).toEqual({
      code: 0,
      out: 'line,reference,sentence\n',
      err: '1 applied, 0 already applied, 0 refused.\n',
    })
    const second = await run(['--reseller', 'Northwind', file])
    expect(second).toMatchObject({ code: 0, err: '0 applied, 1 already applied, 0 refused.\n' })

    appendFileSync(file, `${customer.id},x,VM,=c2\n${customer.id},2,VM,c3\n`)
    const third = await run(['--reseller', 'northwind', file])
    expect(third).toMatchObject({ code: 1, err: '1 applied, 1 already applied, 1 refused.\n' })
    expect(readCsv(third.out)).toEqual([
      ['line', 'reference', 'sentence'],
      // Nothing that a spreadsheet would take for a formula.
      ['3', "'=c2", 'amount: Enter an amount such as 1234.50, with a point before the decimals.'],
    ])
    expect((await prove(customer)).balance).toBe(700n)
  })

  test('takes what is piped in, and writes its report to a file', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const report = path.join(folder, 'report.csv')
    const row = { customer: customer.id, amount: 1, description: 'VM', external_reference: 'p1' }
    const piped = `${JSON.stringify(row)}\nnonsense\n`
    const ran = await run(['--reseller', 'northwind', '-', '--format', 'ndjson', '--report', report], piped)
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(readCsv(readFileSync(report, 'utf8')).slice(1)).toEqual([
      ['2', '', 'This line is not a JSON object.'],
    ])
    expect((await prove(customer)).balance).toBe(900n)
  })

  test.each([
    ['no such file', () => path.join(folder, 'none.csv'), 'This file cannot be used: ENOENT'],
    ['a folder', () => `${folder}/../${path.basename(folder)}`, '--format csv or --format ndjson'],
    ['an empty file', () => fileOf(''), 'The file is empty. Nothing was applied.'],
    ['other columns', () => fileOf('customer,amount\n1,2\n'), 'Missing: description and external_reference.'],
    ['no format', () => fileOf(HEAD, 'txt'), 'Specify the format of the file'],
  ])('2 for %s', async (_what, file, said) => {
    const ran = await run(['--reseller', 'northwind', file()])
    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringContaining(said) })
    expect(ran.err).not.toMatch(/\n\s+at /)
  })

  test('2 for words that it does not know, a reseller that is none, and a report that cannot be', async () => {
    const file = fileOf(`${HEAD}\n`)
    const [link, hardLink] = [path.join(folder, 'link.csv'), path.join(folder, 'hard-link.csv')]
    symlinkSync(file, link)
    linkSync(file, hardLink)
    const wrong = [
      [[file], 'Specify the reseller'],
      [['--reseller', 'northwind'], 'Specify the reseller'],
      [['--reseller', 'northwind', file, '--fast'], '--fast'],
      [['--reseller', 'nowhere', file], 'There is no reseller with the short name nowhere.'],
      [['--reseller', 'northwind', file, '--report', file], 'The report would overwrite the file'],
      [['--reseller', 'northwind', file, '--report', link], 'The report would overwrite the file'],
      [['--reseller', 'northwind', file, '--report', hardLink], 'The report would overwrite the file'],
      [['--reseller', 'northwind', file, '--report', `${folder}/none/report.csv`], 'ENOENT'],
      [['--reseller', 'northwind', folder, '--format', 'csv'], 'EISDIR'],
    ] as const
    for (const [words, said] of wrong) {
      const ran = await run([...words])
      expect(ran, said).toMatchObject({ code: 2, err: expect.stringContaining(said) })
    }
    expect(readFileSync(file, 'utf8')).toBe(`${HEAD}\n`)
  })

  test('3 where not every record of the file is among what it applied and refused', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const file = fileOf([HEAD, ...[1, 2, 3].map((at) => `${customer.id},1,VM,lost${at}`), ''].join('\n'))
    // Whatever has the word in it is lost on the way from the file to the rows, as by a fault of ours.
    const preload = `const decode = TextDecoder.prototype.decode
      TextDecoder.prototype.decode = function (...given) {
        const text = decode.apply(this, given)
        return text.endsWith(',VM,lost2') ? '' : text
      }`
    const { child, ended } = start(['--reseller', 'northwind', file], { preload })
    child.stdin.end()
    const { code, err } = await ended
    expect(err).toContain('2 applied, 0 already applied, 0 refused. The import then failed.')
    expect(err).toContain('The file has 3 records, but 2 were processed.')
    expect(code).toBe(3)
  })

  // A disk that is full, as Linux offers one.
  test.runIf(existsSync('/dev/full'))('3, not 2, where the report cannot be written any more', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const file = fileOf(`${HEAD}\n${customer.id},1,VM,full1\n${customer.id},x,VM,full2\n`)
    const ran = await run(['--reseller', 'northwind', file, '--report', '/dev/full'])
    expect(ran.err).toContain(
      '1 applied, 0 already applied, 1 refused. The import then failed. Run the same command again',
    )
    expect(ran.err).toContain('The disk is full')
    expect(ran.code).toBe(3)
    expect((await prove(customer)).balance).toBe(900n)
  })

  test('the file may be gone from its place before it is read to the end', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const file = path.join(folder, 'gone.csv')
    execFileSync('mkfifo', [file])
    // How far it is, is said all the time, and not each half minute.
    const preload = `const real = setInterval; globalThis.setInterval = (work, ms) => real(work, ms === 30_000 ? 20 : ms)`
    const { child, ended } = start(['--reseller', 'northwind', file], { preload })
    let said = 0
    child.stderr.on('data', () => (said += 1))
    const input = createWriteStream(file)
    input.write(`${HEAD}\n${customer.id},1,VM,gone1\n`)
    await waitFor(async () => (await chargesOf([customer])) === 1, { msMax: 90_000, what: 'a charge' })
    rmSync(file)
    const before = said
    await waitFor(() => said > before + 3 || child.exitCode !== null, { msMax: 90_000, what: 'its words' })
    input.end(`${customer.id},2,VM,gone2\n`)
    const { code, err } = await ended
    expect(err).toMatch(/2 applied, 0 already applied, 0 refused\.\n$/)
    expect(code).toBe(0)
    expect((await prove(customer)).balance).toBe(700n)
  })

  test('Ctrl-C ends it in order, and the next run does the rest', async () => {
    const customers = await atOnce(4, () => makeCustomer(purser.northwind, { balance: 100_000n }))
    const rows = Array.from({ length: 3000 }, (_, at) => `${customers[at % 4]?.id},0.01,VM,i${at}`)
    const file = fileOf([HEAD, ...rows, ''].join('\n'))
    const { child, ended } = start(['--reseller', 'northwind', file])
    await waitFor(async () => (await chargesOf(customers)) > 50, { msMax: 90_000, what: 'charges' })
    child.kill('SIGINT')
    const { code, err } = await ended
    expect(code).toBe(130)
    expect(err).toContain('Stopped before the end of the file. Run the same command again to continue')
    const done = await chargesOf(customers)
    expect(done).toBeLessThan(3000)
    const again = await run(['--reseller', 'northwind', file])
    expect(again.code).toBe(0)
    expect(again.err).toContain(
      `${(3000 - done).toLocaleString('en')} applied, ${done.toLocaleString('en')} already applied`,
    )
    for (const customer of customers) expect((await prove(customer)).balance).toBe(100_000n - 750n)
  })

  test('killed again and again, every row is applied once in the end', async () => {
    const customers = await atOnce(4, () => makeCustomer(purser.northwind, { balance: 100_000n }))
    const rows = Array.from({ length: 1500 }, (_, at) => `${customers[at % 4]?.id},0.01,VM,k${at}`)
    const file = fileOf([HEAD, ...rows, ''].join('\n'))
    for (const enough of [40, 300, 700]) {
      const { child, ended } = start(['--reseller', 'northwind', file])
      await waitFor(async () => (await chargesOf(customers)) > enough, { msMax: 90_000, what: 'charges' })
      child.kill('SIGKILL')
      await ended
    }
    expect((await run(['--reseller', 'northwind', file])).code).toBe(0)
    expect(await chargesOf(customers)).toBe(1500)
    for (const customer of customers) expect((await prove(customer)).balance).toBe(100_000n - 375n)
  })

  test('Ctrl-C also while it waits for what is piped in', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const { child, ended } = start(['--reseller', 'northwind', '-', '--format', 'csv'])
    child.stdin.write(`${HEAD}\n${customer.id},1,VM,w1\n`)
    await waitFor(async () => (await chargesOf([customer])) === 1, { msMax: 90_000, what: 'charges' })
    child.kill('SIGINT')
    expect((await ended).code).toBe(130)
    expect((await prove(customer)).balance).toBe(900n)
  })
})
