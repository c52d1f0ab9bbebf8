import request from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const agent = () => request(createApp(purser.services))

test('a page is compressed as the browser takes it best, and is the same', async () => {
  const ask = (encodings: string) => agent().get('/login').set('Accept-Encoding', encodings)
  const best = await ask('gzip, deflate, br')
  const gzipped = await ask('gzip')
  const plain = await ask('identity')
  expect([best, gzipped, plain].map(({ headers }) => headers['content-encoding'])).toEqual([
    'br',
    'gzip',
    undefined,
  ])
  const texts = [best, gzipped, plain].map(({ text }) => text.replaceAll(/name="csrf" value="[^"]+"/g, ''))
  expect(new Set(texts).size).toBe(1)
  for (const { headers } of [best, gzipped, plain]) {
    expect(headers.vary).toContain('Accept-Encoding')
    expect(headers.etag).toBeUndefined()
  }
})

test('a page that another site asked for is not compressed', async () => {
  const encodingFor = async (site: string) => {
    const answer = await agent().get('/login').set('Accept-Encoding', 'gzip').set('Sec-Fetch-Site', site)
    return answer.headers['content-encoding'] as string | undefined
  }
  expect(await Promise.all(['same-origin', 'none', 'same-site', 'cross-site'].map(encodingFor))).toEqual([
    'gzip',
    'gzip',
    undefined,
    undefined,
  ])
})
