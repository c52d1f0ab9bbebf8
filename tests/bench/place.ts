import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { connected } from '../../src/database/connection.ts'
import { startEmbedded } from '../../src/database/embedded.ts'
import { PurserProcess } from '../support/process.ts'
import { makeBareTables } from './bare.ts'
import { fillReseller } from './fill.ts'
import { SETUP_TOKEN, bringPeople, setUp } from './people.ts'
import type { BenchStaff } from './postings.ts'

/** Says that a data folder is filled, and with how many customers. */
const NOTE = 'bench.json'

interface Place {
  dataDir: string
  size: number
  connections: number
  onProgress: (sentence: string) => void
}

/**
 * Fills a data folder, unless it was filled before: an installation that was set up as people do, with as many people as the
 * connections take, its customers and their ledger, and the tables of the bare server. `npm start` runs on it with DATA_DIR.
 */
export async function preparePlace(place: Place) {
  const note = path.join(place.dataDir, NOTE)
  if (existsSync(note)) return mustFit(note, place)
  const began = performance.now()
  const { dataDir, size, onProgress } = place
  await setUpIn(place)
  // Without waiting for the disk: a fill that breaks off is begun again.
  const database = await startEmbedded({ dataDir, throwaway: true })
  try {
    const { ownerUrl } = database
    await fillReseller({ ownerUrl, ...(await findReseller(ownerUrl)), size, onProgress })
    onProgress(`Filled in ${secondsSince(began)} s.`)
    await makeBareTables(ownerUrl)
    onProgress(`The bare server's tables are there after ${secondsSince(began)} s.`)
  } finally {
    await database.stop()
  }
  writeFileSync(note, JSON.stringify({ size, connections: place.connections }))
}

function mustFit(note: string, { size, connections, dataDir }: Place) {
  const kept: unknown = JSON.parse(readFileSync(note, 'utf8'))
  if (JSON.stringify(kept) === JSON.stringify({ size, connections })) return
  throw new Error(`${dataDir} was filled with ${JSON.stringify(kept)}. Name another folder.`)
}

async function setUpIn({ dataDir, connections, onProgress }: Place) {
  onProgress('Setting up.')
  const purser = new PurserProcess({ env: { DATA_DIR: dataDir, SETUP_TOKEN } })
  try {
    await bringPeople(await setUp(await purser.ready()), { connections, dataDir })
  } finally {
    await purser.end('SIGTERM')
  }
}

const findReseller = (ownerUrl: string) =>
  connected(ownerUrl, async (owner) => {
    const { rows: staff } = await owner.query<BenchStaff & { resellerId: string }>(
      'select id, email, reseller_id as "resellerId" from staff order by created_at, id',
    )
    return { resellerId: staff[0]?.resellerId ?? '', staff }
  })

const secondsSince = (began: number) => ((performance.now() - began) / 1000).toFixed(0)
