import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { shownAddresses } from '../../src/words/email-address.ts'
import { email, readForm } from '../../src/forms/form.ts'
import { wordsFor } from '../../src/words/words.ts'

const words = wordsFor('en')

/** What is kept of a typed address, or the sentence at its field. */
function read(typed: string): string {
  const form = readForm(z.object({ email: email() }), { email: typed })
  return form.ok ? form.values.email : words(form.errors.email ?? 'no sentence')
}

describe('an address is kept in ASCII, whichever way a browser sends it', () => {
  test.each([
    ['info@bücher.example', 'info@xn--bcher-kva.example'],
    ['Info@BÜCHER.Example ', 'info@xn--bcher-kva.example'],
    ['info@bu\u0308cher.example', 'info@xn--bcher-kva.example'],
    ['info@xn--bcher-kva.example', 'info@xn--bcher-kva.example'],
    ['info@XN--BCHER-KVA.EXAMPLE', 'info@xn--bcher-kva.example'],
    ['info@例え。テスト', 'info@xn--r8jz45g.xn--zckzah'],
    ['info@ｅｘａｍｐｌｅ.com', 'info@example.com'],
    ['info@straße.example', 'info@xn--strae-oqa.example'],
    ['info@mail.דוגמה.example', 'info@mail.xn--6dbbec0c.example'],
    ['ada@customer.example', 'ada@customer.example'],
  ])('%s', (typed, kept) => {
    expect(read(typed)).toBe(kept)
  })

  test.each([
    'info@bü cher.example',
    'info@bü%63her.example',
    'info@bü/cher.example',
    'info@bü#cher.example',
    'info@bü_cher.example',
    'info@bücher',
    'info@-bü.example',
    'info@bü..example',
    'bücher.example',
    'a@b@bücher.example',
    `info@${'ü'.repeat(64)}.example`,
    `info@${'bücher.'.repeat(34)}example`,
  ])('%s is none', (typed) => {
    expect(read(typed)).toMatch(/^(Enter an e-mail address|Use at most 254)/)
  })

  test('letters before the @ that mail servers do not take have a sentence of their own', () => {
    expect(read('jürgen@bücher.example')).toMatch(/^Before the @, use only the letters a to z/)
  })
})

describe('an address is shown with the letters of its domain', () => {
  test.each([
    ['info@xn--bcher-kva.example', 'info@bücher.example'],
    [
      'From info@mail.xn--bcher-kva.example. To a@xn--6dbbec0c.example!',
      'From info@mail.bücher.example. To a@דוגמה.example!',
    ],
    // No such label can be.
    ['info@xn--a.example', 'info@xn--a.example'],
    ['a link to https://xn--bcher-kva.example/', 'a link to https://xn--bcher-kva.example/'],
  ])('%s', (kept, shown) => {
    expect(shownAddresses(kept)).toBe(shown)
  })
})
