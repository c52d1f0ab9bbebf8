import { expect, test } from 'vitest'
import {
  PROCESSES_MAX,
  connectionsFor,
  connectionsMin,
  connectionsOf,
} from '../../src/database/connections.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

const ALLOWED = Array.from({ length: PROCESSES_MAX }, (_, at) => at + 1)

test.each(ALLOWED)('%i processes open no more than 80 connections, and no pool is empty', (processes) => {
  expect(connectionsOf(processes)).toBeLessThanOrEqual(80)
  const { serving, primary } = connectionsFor(processes)
  // To pg, a pool of none is a pool of ten.
  for (const size of [...Object.values(serving), ...Object.values(primary)]) {
    expect(size).toBeGreaterThanOrEqual(1)
  }
})

test.each([1, 2, 5, 14])(
  '%i processes keep within DATABASE_CONNECTIONS, and use what it gives',
  (processes) => {
    for (const connections of [connectionsMin(processes), 100, 300]) {
      const opened = connectionsOf(processes, connections)
      expect(opened).toBeLessThanOrEqual(connections)
      // What is left over would not make each pool of each process one larger.
      expect(opened).toBeGreaterThan(connections - 4 * processes)
      const { serving } = connectionsFor(processes, connections)
      for (const size of Object.values(serving)) expect(size).toBeGreaterThanOrEqual(1)
    }
  },
)

test('one process has as much as it can use', () => {
  expect(connectionsFor(1).serving).toEqual({ pages: 10, readOnly: 5, files: 6 })
})

test('a statement is worked on by one worker of the database alone', async () => {
  const purser: RunningPurser = await startPurser()
  const { database, readOnlyDatabase, files } = purser.services
  try {
    for (const pool of [database.pool, readOnlyDatabase.pool, files]) {
      const { rows } = await pool.query('show max_parallel_workers_per_gather')
      expect(rows).toEqual([{ max_parallel_workers_per_gather: '0' }])
    }
  } finally {
    await purser.stop()
  }
})
