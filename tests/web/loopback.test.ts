import { expect, test } from 'vitest'
import { isLoopback } from '../../src/web/loopback.ts'

test.each(['localhost', '127.0.0.1', '127.9.8.7', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1'])(
  '%s is this machine',
  (host) => {
    expect(isLoopback(host)).toBe(true)
  },
)

test.each([
  '',
  '128.0.0.1',
  '10.0.0.1',
  '::',
  '::2',
  '::ffff:10.0.0.1',
  '127.0.0.1.example.com',
  '1270.0.0.1',
])('"%s" is not', (host) => {
  expect(isLoopback(host)).toBe(false)
})
