import express from 'express'
import request from 'supertest'
import { expect, test } from 'vitest'
import { pageRouter } from '../../src/web/page-router.ts'

const pages = pageRouter()
pages.get('/', (_req, res) => void res.send('home'))
pages.get('/customers/new', (_req, res) => void res.send('new'))
pages.get('/customers/:id', (req, res) => void res.send(`one: ${req.params.id}`))
pages.post('/customers/:id', (req, res) => void res.send(`changed: ${req.params.id}`))
pages.get('/customers', (_req, res) => void res.send('all'))
pages.get('/customers/:id/refills', (req, res) => void res.send(`refills: ${req.params.id}`))
const app = express().use(pages)

test.each([
  ['/', 'home'],
  ['/customers', 'all'],
  ['/customers/', 'all'],
  ['/CUSTOMERS?q=a/b', 'all'],
  ['/customers/new', 'new'],
  ['/customers/7', 'one: 7'],
  ['/Customers/a%2Fb/', 'one: a/b'],
  ['/customers/7/refills', 'refills: 7'],
])('%s is found as Express finds it', async (address, answer) => {
  expect((await request(app).get(address)).text).toBe(answer)
})

test('by its method too', async () => {
  expect((await request(app).post('/customers/7')).text).toBe('changed: 7')
  expect((await request(app).head('/customers')).status).toBe(200)
  expect((await request(app).post('/customers')).status).toBe(404)
})

test.each(['/custom', '/customers/7/8/9', '//customers', '/customers//', '/customers/7//'])(
  '%s is none of them',
  async (address) => {
    expect((await request(app).get(address)).status).toBe(404)
  },
)

test('an address begins with a word', () => {
  expect(() => pages.get('/:slug', () => {})).toThrow('/:slug')
})
