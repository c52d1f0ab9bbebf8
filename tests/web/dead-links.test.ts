import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { forDemo } from '../../src/startup/demo.ts'
import { whyLinksFail } from '../../src/web/addresses.ts'

const APP_KEY = Buffer.alloc(32, 7).toString('base64')
const read = (env: NodeJS.ProcessEnv) => readConfig({ APP_KEY, ...env })

test.each([
  { HOST: '0.0.0.0' },
  { HOST: '::' },
  { HOST: '0' },
  { HOST: '0x0' },
  { HOST: '0:0:0:0:0:0:0:0' },
  { HOST: '::ffff:0.0.0.0' },
  { APP_URL: 'http://0.0.0.0:3000' },
])('%o: links do not work from elsewhere', (env) => {
  expect(whyLinksFail(read(env))).toContain('will not work from other machines. Set APP_URL')
})

test.each([
  { TRUST_PROXY: '1' },
  { SMTP_URL: 'smtp://mail.example.com' },
  { SMTP_URL: 'smtp://mail.example.com', HOST: '::1' },
])('%o without APP_URL: links work on this machine only', (env) => {
  expect(whyLinksFail(read(env))).toMatch(/start with http:\S+:3000 and work on this machine only/)
  expect(whyLinksFail(read({ ...env, APP_URL: 'https://purser.example.com' }))).toBe(null)
  // Nothing else is meant there.
  expect(whyLinksFail(forDemo(read({ ...env, DEMO_SENDS_MAIL: '1' })))).toBe(null)
})

test.each([{}, { HOST: '192.0.2.10' }, { HOST: '0.0.0.0', APP_URL: 'https://purser.example.com' }])(
  '%o: nothing is wrong with links',
  (env) => {
    expect(whyLinksFail(read(env))).toBe(null)
  },
)
