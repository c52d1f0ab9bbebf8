import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { keyFor } from './app-key.ts'
import { waitFor } from './wait.ts'

const project = path.resolve(import.meta.dirname, '../..')

/** What `npm start` gives Node: its variables and flags. */
const [, assigned = '', nodeFlags = ''] =
  /^(.*?) ?exec node (.*?) ?src\/server\.ts/.exec(
    (JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8')) as { scripts: { start: string } })
      .scripts.start,
  ) ?? []
const asStarted = Object.fromEntries(assigned.split(' ').map((pair) => pair.split('=') as [string, string]))

interface Started {
  /** Words after `node src/server.ts`. */
  flags?: string[]
  env?: Record<string, string>
  /** Through `npm run`, under this name, instead of node itself. */
  script?: string
}

/** Purser as a process of its own, as people start it. */
export class PurserProcess {
  /** What it has said to people so far, and what it complained of and logged. */
  out = ''
  err = ''
  readonly child: ChildProcess
  readonly #ended: Promise<number | null>
  /** Ended, and all that it said is here. */
  readonly #closed: Promise<unknown>

  constructor({ flags = [], env = {}, script }: Started = {}) {
    // Only what a fresh machine has: nothing of the test run's own environment decides anything.
    const environment = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      LOG_LEVEL: 'warn',
      ...asStarted,
      ...keyFor(env),
      ...env,
    }
    const [command, words] = script
      ? (['npm', ['run', '--silent', script]] as const)
      : ([process.execPath, [...nodeFlags.split(' '), 'src/server.ts', ...flags]] as const)
    this.child = spawn(command, words, { cwd: project, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    this.child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()))
    this.child.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()))
    this.#ended = once(this.child, 'exit').then(([code]) => code as number | null)
    this.#closed = once(this.child, 'close')
  }

  get pid(): number {
    return this.child.pid as number
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  /** Its address, once it serves. */
  async ready({ msMax = 90_000 } = {}): Promise<string> {
    const found = await waitFor(() => /ready: (http:\S+)\//.exec(this.out) ?? (!this.running && ['']), {
      msMax,
      what: 'Purser to be ready',
    })
    if (!found[1]) throw new Error(`Purser ended: ${this.out}${this.err}`)
    return found[1]
  }

  /** Sends a signal and gives the exit code, null when the signal itself ended it, and how long that took. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; ms: number }> {
    const began = Date.now()
    if (this.running) this.child.kill(signal)
    return { code: await this.#ended, ms: Date.now() - began }
  }

  /** The exit code of one that ends by itself, once all that it said is here. */
  async ended(): Promise<number | null> {
    await this.#closed
    return this.#ended
  }
}

/** Whether a process of this number is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
