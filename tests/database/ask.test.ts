import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, askAlong, askText, rowsOf } from '../../src/database/ask.ts'
import type { Statement } from '../../src/database/cursor.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { statementTexts } from '../support/statements.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const AT = '2026-02-03T04:05:06.789Z'
const askNumber = (of: number) =>
  ask<{ of: number }>(
    purser.northwind.system,
    (bind) => `select ${bind(of)}::int as of where $1::text <> ''`,
    {},
  )
const askTime = (by?: Parameters<typeof askText>[2]) =>
  askText(purser.northwind.system, (bind) => `select ${bind(AT)}::timestamptz as at where $1::text <> ''`, by)

/** Sends as a search does, and counts how often. */
function sender() {
  const sent: Statement[] = []
  const send = async (statement: Statement) => {
    sent.push(statement)
    return (await purser.northwind.system.database.pool.query(statement)).rows[0]
  }
  return { sent, send }
}

test('what is asked at one moment is one statement, as rows or as their text', async () => {
  const texts = await statementTexts(async () => {
    const along = askAlong<{ one: number }>(purser.northwind.system, () => 'select 1 as one', {})
    const [numbers, json] = await Promise.all([askNumber(7), askTime()])
    expect(numbers).toEqual([{ of: 7 }])
    expect(rowsOf<{ at: Date }>(json as string, { at: true })).toEqual([{ at: new Date(AT) }])
    expect(await along()).toEqual([{ one: 1 }])
  })
  expect(texts).toHaveLength(1)
})

test('what has to be sent in another way takes with it what is asked beside it', async () => {
  const { sent, send } = sender()
  const texts = await statementTexts(async () => {
    const [json, numbers] = await Promise.all([askTime(send), askNumber(8)])
    expect(rowsOf(json as string, {})).toHaveLength(1)
    expect(numbers).toEqual([{ of: 8 }])
  })
  expect(texts).toEqual([sent[0]?.text])
})

test('of two that have to be sent so, each has its own statement', async () => {
  const [one, other] = [sender(), sender()]
  const answers = await Promise.all([askTime(one.send), askTime(other.send), askNumber(9)])
  expect(answers).toEqual([expect.any(String), expect.any(String), [{ of: 9 }]])
  expect([one.sent, other.sent]).toEqual([[expect.anything()], [expect.anything()]])
})

test('where that is given up, the rest is answered without it; where it fails, nothing is', async () => {
  expect(await Promise.all([askTime(async () => null), askNumber(10)])).toEqual([null, [{ of: 10 }]])
  const failing = [askTime(() => Promise.reject(new Error('No line.'))), askNumber(11)]
  expect(await Promise.allSettled(failing)).toEqual(
    failing.map(() => ({ status: 'rejected', reason: new Error('No line.') })),
  )
})
