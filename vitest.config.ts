import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Whole processes and databases that are started, ended and killed: slow, and not part of `npm test`. See `npm run test:crash`. */
const PROCESSES = [
  'tests/crash/**',
  'tests/server/**',
  'tests/bench/run.test.ts',
  'tests/database/embedded.test.ts',
  'tests/demo/folders.test.ts',
  'tests/demo/start.test.ts',
  'tests/charges/command.test.ts',
  'tests/resellers/create-command.test.ts',
  'tests/staff/link-command.test.ts',
]

/** Walks at random, slow readers of large files, and what goes over every language, time zone, width or odd request: slow as well, and run with them. */
const SWEEPS = [
  'tests/sessions/walk.test.ts',
  'tests/house/hostile.test.ts',
  'tests/house/isolation.test.ts',
  'tests/house/offered-pairs.test.ts',
  'tests/browser/pages.test.ts',
  'tests/browser/console-pages.test.ts',
  'tests/ledger/readings.test.ts',
  'tests/billing/statement-zones.test.ts',
  'tests/billing/statement-pdf-languages.test.ts',
  'tests/billing/statement-pdf-long.test.ts',
  'tests/files/send.test.ts',
  'tests/lists/plans.test.ts',
]

/**
 * What a change of a page or a rule seldom breaks, or another test finds too: upgrades, the demo, verification of
 * ledgers that were tampered with, jobs and mail that are cut off, many actions at once, files of some thousand rows,
 * searches that stop and go on, and forms, files and permissions gone through one by one. Run with the slow tests, but by two workers that keep the application, as for npm test.
 */
const SELDOM = [
  'tests/bench/fill.test.ts',
  'tests/browser/passkey-pages.test.ts',
  'tests/browser/scroll.test.ts',
  'tests/customers/export.test.ts',
  'tests/database/functions.test.ts',
  'tests/database/migrations.test.ts',
  'tests/database/search.test.ts',
  'tests/database/slow-statements.test.ts',
  'tests/database/upgrade.test.ts',
  'tests/demo/invites.test.ts',
  'tests/demo/load.test.ts',
  'tests/files/proof.test.ts',
  'tests/house/login-as-doors.test.ts',
  'tests/house/offered.test.ts',
  'tests/house/tokens.test.ts',
  'tests/house/typed-forms.test.ts',
  'tests/jobs/queue.test.ts',
  'tests/jobs/rounds.test.ts',
  'tests/ledger/interleavings.test.ts',
  'tests/ledger/interrupted.test.ts',
  'tests/ledger/property.test.ts',
  'tests/ledger/verify.test.ts',
  'tests/lists/looked.test.ts',
  'tests/login-as/verify.test.ts',
  'tests/mail/away.test.ts',
  'tests/passwords/meter.test.ts',
  'tests/sessions/crossing.test.ts',
]

const ALONE = [...PROCESSES, ...SWEEPS]
const SLOW = [...ALONE, ...SELDOM]

/** What changes the loaded application itself, here its languages, has one of its own. */
const APART = ['tests/house/pages.test.ts']

/** Where the generated client asks for Prisma's query compiler. */
const COMPILER = /(?<=getRuntime: async \(\) => )await import\("[^"]+"\)/

/** Has all Prisma clients of a worker share a query compiler: see tests/setup/query-compiler.ts. */
const sharedCompiler = {
  name: 'shared-compiler',
  enforce: 'pre' as const,
  transform(code: string, id: string) {
    if (!id.endsWith('/src/generated/prisma/internal/class.ts')) return
    if (!COMPILER.test(code)) throw new Error('Prisma asks for its query compiler in some other way now.')
    const sharing = fileURLToPath(new URL('tests/setup/query-compiler.ts', import.meta.url))
    return code.replace(COMPILER, (own) => `(await import(${JSON.stringify(sharing)})).sharing(${own})`)
  },
}

export default defineConfig({
  plugins: [sharedCompiler],
  test: {
    // One throwaway database server for the whole run; each test file clones the migrated template.
    globalSetup: 'tests/setup/global.ts',
    setupFiles: ['tests/setup/statements.ts', 'tests/setup/hashes.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Most of what a page is made of is forgotten at once: with more room for it, it is seldom cleared up.
    execArgv: ['--min-semi-space-size=32', '--max-semi-space-size=64'],
    // A test that hangs is told so late enough for the slowest machine.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    teardownTimeout: 20_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        test: {
          name: 'portal',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/browser/**', ...SLOW, ...APART],
          // A worker loads the application once for all its files: loading it for each was a third of the whole run.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { name: 'apart', include: APART, sequence: { groupOrder: 0 } } },
      {
        test: {
          name: 'crash',
          include: ALONE.map((where) => where.replace('/**', '/**/*.test.ts')),
          maxWorkers: 1,
          testTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'seldom',
          include: SELDOM,
          isolate: false,
          testTimeout: 300_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        // After the others: browsers keep the cores busy by themselves.
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          exclude: SLOW,
          isolate: false,
          // A journey is many pages, each of which a busy machine may take its time for.
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
