// npm run functions: records the digests of the functions in src/*/sql, under the next number where one has changed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type pg from 'pg'
import { connected } from '../src/database/connection.ts'
import { startEmbedded } from '../src/database/embedded.ts'
import { createFunctions, digestsIn, FUNCTIONS, functionsFile } from '../src/database/functions.ts'
import { migrate } from '../src/database/migrations.ts'

const dataDir = mkdtempSync(path.join(os.tmpdir(), 'purser-functions-'))
try {
  const database = await startEmbedded({ dataDir, throwaway: true })
  try {
    await migrate(database.ownerUrl, { areFunctionsNew: true })
    const digests = await connected(database.ownerUrl, async (client) => {
      await client.query('begin')
      // What migrations made, so that an overload of before is not taken for what a file has; nothing of this is kept.
      for (const signature of await routinesOf(client))
        await client.query(`drop routine if exists ${signature} cascade`)
      await createFunctions(client, FUNCTIONS)
      return digestsIn(client, Object.keys(FUNCTIONS.texts))
    })
    const isChanged = JSON.stringify(digests) !== JSON.stringify(FUNCTIONS.digests)
    const number = isChanged ? FUNCTIONS.number + 1 : FUNCTIONS.number
    writeFileSync(functionsFile, `${JSON.stringify({ number, digests }, null, 2)}\n`)
    console.info(
      isChanged ? `The functions have number ${number} now.` : `Nothing has changed since number ${number}.`,
    )
  } finally {
    await database.stop()
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}

async function routinesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ signature: string }>(`
    select p.oid::regprocedure::text as signature from pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`)
  return rows.map(({ signature }) => signature)
}
