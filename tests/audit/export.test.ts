import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { readCsv } from '../support/csv.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import type { Visitor } from '../support/visit.ts'

let purser: RunningPurser
let auditor: Visitor
beforeAll(async () => {
  purser = await startPurser()
  auditor = await purser.as(purser.northwind.staff.auditor)
})
afterAll(() => purser.stop())

const HEADINGS =
  'at,deed,what,actor_kind,actor,actor_id,after_reset_by,for_customer_id,customer_id,customer,ip,request_id,details,id,user_agent'

async function exported(query = '', browser = auditor) {
  const answer = await browser.get(`/audit/export.csv${query}`)
  const [headings = [], ...lines] = readCsv(answer.text)
  const rows = lines.map((line) => Object.fromEntries(headings.map((name, at) => [name, line[at] ?? ''])))
  return { answer, headings, rows }
}

describe('the audit log as a file', () => {
  test('has what a page has, and more of it for machines', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 12_345n })
    const { answer, headings, rows } = await exported(`?customer=${customer.id}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('Content-Disposition')).toMatch(/^attachment; filename=audit-log-.+\.csv$/)
    expect(headings.join()).toBe(HEADINGS)
    expect(rows).toHaveLength(1)
    const [row] = rows
    expect(row).toMatchObject({
      deed: 'balance.refilled',
      actor_kind: 'system',
      actor: 'test',
      actor_id: '',
      customer_id: customer.id,
      customer: customer.email,
    })
    expect(row?.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0[12]:00$/)
    expect(row?.what?.replaceAll('\u00a0', ' ')).toBe('refilled 123.45 USD (Courtesy): 0.00 USD → 123.45 USD')
    expect(JSON.parse(row?.details ?? '')).toMatchObject({ amount: '12345', before: '0', after: '12345' })
  })

  test('leaves an event itself, and the first row of the whole file', async () => {
    const { rows } = await exported('?event=&person=')
    expect(rows[0]).toMatchObject({
      deed: 'audit.exported',
      actor: 'auditor@northwind.example',
      details: '{"query":""}',
    })
    const before = rows.filter(({ deed }) => deed === 'audit.exported')
    const narrowed = await exported('?event=audit.exported&from=2020-01-01')
    expect(narrowed.rows.map(({ id }) => id).slice(1)).toEqual(before.map(({ id }) => id))
    expect(JSON.parse(narrowed.rows[0]?.details ?? '')).toEqual({
      query: 'event=audit.exported&from=2020-01-01',
    })
  })

  test('has all rows of the filter in the order of the page, and nobody else’s', async () => {
    const { pool } = purser.services.database
    await pool.query(
      `insert into audit_rows (reseller_id, id, at, event, actor_kind, actor_name, details)
       select $1, gen_random_uuid(), '2031-01-01'::timestamptz + (n / 7) * interval '1 ms', 'old.event', 'system', '=cmd()', jsonb_build_object('n', n)
       from generate_series(1, 12000) n`,
      [purser.northwind.reseller.id],
    )
    const { rows: expected } = await pool.query<{ id: string }>(
      `select id from audit_rows where reseller_id = $1 and at >= '2031-01-01' and at < '2032-01-01' order by at desc, id desc`,
      [purser.northwind.reseller.id],
    )
    const { rows } = await exported('?from=2031-01-01&to=2031-12-31')
    expect(rows.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
    expect(rows).toHaveLength(12_000)
    // What a spreadsheet would run is text.
    expect(rows[0]?.actor).toBe("'=cmd()")
    const stranger = await purser.as(purser.eastgate.staff.owner)
    expect((await exported('?from=2031-01-01&to=2031-12-31', stranger)).rows).toEqual([])
  })

  test('a reader who leaves gives the connection back', async () => {
    const { pool } = purser.services.database
    for (let times = 0; times < 25; times++) {
      const leaving = new AbortController()
      const cookie = [...auditor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await fetch(`${purser.url}/audit/export.csv`, {
        headers: { Cookie: cookie },
        signal: leaving.signal,
      })
      await answer.body?.getReader().read()
      leaving.abort()
    }
    // More readers than there are connections have left by now.
    expect((await auditor.get('/audit')).status).toBe(200)
    expect(pool.waitingCount).toBe(0)
  })
})
