import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { keyFor } from './app-key.ts'

const project = path.resolve(import.meta.dirname, '../..')

/** What a command said, and how it ended. */
export interface Ran {
  code: number | null
  out: string
  err: string
}

/** Runs one of `npm run`'s commands on the host as people do, with no terminal to ask at. */
export async function runCommand(script: string, words: string[], env: Record<string, string>): Promise<Ran> {
  const child = spawn('npm', ['run', '--silent', script, '--', ...words], {
    cwd: project,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: 'warn', ...keyFor(env), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number | null, out, err }
}
