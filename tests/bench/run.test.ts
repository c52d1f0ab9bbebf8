import { expect, test } from 'vitest'
import { runCommand } from '../support/command.ts'

test('npm run bench fills an installation and prints its table', async () => {
  const words = '--size 1000 --rounds 1 --seconds 1 --lists 1 --only list,refill'.split(' ')
  const { code, out, err } = await runCommand('bench', words, {})
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^\| list +\|.*\n\| refill, spread +\|/m)
})
