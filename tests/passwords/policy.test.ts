import { describe, expect, test } from 'vitest'
import { SetPasswordForm } from '../../src/portal/set-password.ts'
import { maybeGuessable } from '../../src/people/password-policy.ts'
import { readForm } from '../../src/forms/form.ts'
import { Refusal } from '../../src/words/refusal.ts'

const ABOUT = ['rosa.owen@northwind.example', 'Rosa Owen', 'Northwind Cloud']

describe('a new password', () => {
  test.each([
    'aaaaaaaaaaaaaaa',
    'passwordpassword',
    'Password123456789',
    'P@ssw0rdP@ssw0rd1',
    '123456789012345',
    'abcdefghijklmnopqrstuvwxyz',
    'abcabcabcabcabc',
    'qwertyuiopasdfgh',
    'qwertzuiopasdfghjkl',
    'letmeinletmeinletmein',
    'iloveyouiloveyou',
    '19841984198419841984',
    `${'x'.repeat(127)}y`,
  ])('%s is refused as easy to guess', async (password) => {
    const refused = await maybeGuessable(password, ABOUT)
    expect(refused).toBeInstanceOf(Refusal)
    expect(refused).toMatchObject({ status: 422, field: 'password' })
    expect((refused as Refusal).sentence.text).toMatch(/^This password is easy to guess/)
  })

  test.each([
    'rosa.owen@northwind.example',
    'Rosa.Owen@Northwind.Example',
    '1rosa.owen@northwind.example',
    'Northwind Cloud',
    'northwindcloud1',
  ])('%s is refused as the person’s own name', async (password) => {
    const refused = await maybeGuessable(password, ABOUT)
    expect((refused as Refusal).sentence.text).toMatch(/name or address/)
  })

  test.each([
    'correct horse battery staple',
    'blue sky over berlin',
    'ein ganz langes wort',
    'Zq8#vL2!mN5$wR7',
    'пароль из пяти слов',
    'パスワードはとても長いのです今日も',
    'zebra lamp river moon',
  ])('%s is taken: there are no rules about kinds of characters', async (password) => {
    expect(await maybeGuessable(password, ABOUT)).toBeNull()
  })
})

describe('the form', () => {
  const errorOf = (password: unknown) => {
    const form = readForm(SetPasswordForm, { password })
    return form.ok ? null : form.errors.password?.text
  }

  test('counts code points, 15 to 128, and cuts nothing off', () => {
    expect(errorOf('x'.repeat(14))).toMatch(/at least/)
    expect(errorOf('x'.repeat(15))).toBeNull()
    expect(errorOf('x'.repeat(128))).toBeNull()
    expect(errorOf('x'.repeat(129))).toMatch(/at most/)
    // Two UTF-16 units each, and four bytes.
    expect(errorOf('🦊'.repeat(14))).toMatch(/at least/)
    expect(errorOf('🦊'.repeat(128))).toBeNull()
    expect(errorOf('🦊'.repeat(129))).toMatch(/at most/)
  })

  test('takes spaces as they are, at the ends too', () => {
    const form = readForm(SetPasswordForm, { password: '  thirteen chars ' })
    expect(form.ok && form.values.password).toBe('  thirteen chars ')
  })

  test('brings composed and decomposed letters to one form', () => {
    const form = readForm(SetPasswordForm, { password: 'cafe\u0301 und croissant' })
    expect(form.ok && form.values.password).toBe('caf\u00e9 und croissant')
  })

  test.each([
    ['a NUL byte', `fifteen letters\0`],
    ['a lone surrogate', `fifteen letters\ud800`],
    ['nothing', undefined],
    ['a list', ['fifteen letters!', 'fifteen letters!']],
  ])('refuses %s', (_what, password) => {
    expect(errorOf(password)).toBeTruthy()
  })
})
