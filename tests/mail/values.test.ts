import { expect, test } from 'vitest'
import { emailChangedMail } from '../../src/customers/mails.ts'
import { findTemplate } from '../../src/mails/all-mails.ts'
import { linkIn } from '../../src/mails/mail.ts'
import { setPasswordMail } from '../../src/people/mails.ts'
import { PERMISSIONS, readPermissions } from '../../src/people/permissions.ts'

const about = {
  reseller: {
    name: 'Northwind',
    slug: 'northwind',
    locale: 'en-GB',
    timeZone: 'UTC',
    currency: 'USD',
    currencyScale: 2,
  },
  to: 'ada@customer.example',
  until: 'tomorrow',
}

test('a mail is written from what its row keeps, also where an older version kept less', () => {
  const older = { email: 'new@customer.example' }
  expect(emailChangedMail.write(older, about)).toEqual(emailChangedMail.write({ ...older, by: '' }, about))
  const kept = { linkId: 'x', why: 'reset', another: 1 }
  expect(findTemplate('set-password').write(kept, about).subject.text).toBe('Set a new password')
})

test('values that are none of its own are a bug, not a mail with holes', () => {
  for (const values of [{ linkId: 'x', why: 'because' }, { linkId: 'x' }, null, 'x', []]) {
    expect(() => setPasswordMail.write(values, about)).toThrow()
  }
})

test('the link in a mail is read from any mail, and null where it has none', () => {
  expect(linkIn({ linkId: 'x', why: 'reset' })).toEqual({ linkId: 'x', why: 'reset' })
  expect(linkIn({ sentBy: 'Rosa' })).toEqual({ linkId: null, why: null })
  expect(linkIn({ linkId: 7, why: 'another' })).toEqual({ linkId: null, why: null })
})

test('a permission in the row of a role that only another version knows is left out', () => {
  expect([...readPermissions(['money.print', 'toString', ...PERMISSIONS])]).toEqual(PERMISSIONS)
})
