import type { z } from 'zod'
import { expect, test } from 'vitest'
import { ProfileForm } from '../../src/billing/save-profile.ts'
import { NewCustomerForm } from '../../src/customers/forms.ts'
import { InviteForm, JoinForm } from '../../src/invites/forms.ts'
import { ReversalForm } from '../../src/ledger/reverse.ts'
import { CreditsForm } from '../../src/ledger/credits.ts'
import { DeductForm } from '../../src/ledger/deduct.ts'
import { RefillForm } from '../../src/ledger/refill.ts'
import { readForm } from '../../src/forms/form.ts'

const USD = { currency: 'USD', currencyScale: 2, locale: 'en-US' }
const reseller = { ...USD, id: 'R', slug: 'r', name: 'R', timeZone: 'UTC' }

const key = { idempotencyKey: 'key-key-key' }
const LONG = 'x'.repeat(2000)

/** Each form with a field that does not fit, and what two fields say together: both are told at once. */
const FORMS: readonly (readonly [string, z.ZodType, Record<string, string>, readonly string[]])[] = [
  [
    'refill',
    RefillForm(USD),
    { ...key, amount: 'much', reason: 'payment_received' },
    ['amount', 'channel', 'reference'],
  ],
  ['refill, other', RefillForm(USD), { ...key, amount: '0', reason: 'other' }, ['amount', 'comment']],
  ['deduct', DeductForm(USD), { ...key, amount: '', reason: 'courtesy' }, ['amount', 'comment']],
  ['deduct without a reason', DeductForm(USD), { ...key, amount: '1' }, ['comment', 'reason']],
  [
    'credits',
    CreditsForm(reseller),
    { ...key, seen: '1.00', credits: 'x', reason: 'other' },
    ['comment', 'credits'],
  ],
  [
    'credits until yesterday',
    CreditsForm(reseller),
    { ...key, seen: '1.00', credits: '5', note: LONG, reason: 'courtesy', expiresOn: '2020-01-01' },
    ['expiresOn', 'note'],
  ],
  [
    'reversal',
    ReversalForm({ takes: true }),
    { ...key, reason: 'no', note: LONG },
    ['comment', 'note', 'reason'],
  ],
  [
    'billing profile',
    ProfileForm,
    { kind: 'enterprise', legalName: LONG, billingEmail: 'nobody', addressLine1: 'A 1', country: 'DE' },
    ['billingEmail', 'city', 'companyName', 'legalName', 'postalCode'],
  ],
  ['billing profile without a kind', ProfileForm, { legalName: LONG }, ['kind', 'legalName']],
  [
    'new customer',
    NewCustomerForm(reseller),
    { email: 'nobody', name: 'Ada', kind: 'enterprise', legalName: 'A', teamId: 'a', teamName: 'b' },
    ['addressLine1', 'city', 'companyName', 'country', 'email', 'teamName'],
  ],
  [
    'registration',
    JoinForm,
    { email: 'nobody', name: 'Ada', password: 'a', kind: 'individual' },
    ['addressLine1', 'city', 'country', 'email', 'legalName', 'password'],
  ],
  [
    'invite',
    InviteForm(reseller),
    { kind: 'reusable', email: 'ada@customer.example', credits: 'much' },
    ['credits', 'email'],
  ],
]

test.each(FORMS)('%s: every wrong field is told at once', (_name, schema, body, fields) => {
  const form = readForm(schema, body)
  expect(form.status).toBe(422)
  expect(Object.keys(form.errors).sort()).toEqual(fields)
})
