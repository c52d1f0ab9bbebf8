import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { inject } from 'vitest'
import { migrate } from '../../src/database/migrations.ts'
import { prismaFolder } from '../../src/database/migration-files.ts'

/** The first migration that is not of the version before. */
export const FIRST_NEW = '20261128'

/** A database as the version before has it, with nothing in it. prepareDatabase(urls) makes it one of today. */
export interface DatabaseBefore {
  ownerUrl: string
  appUrl: string
  /** As the role that owns the tables. */
  owner: pg.Client
  drop(): Promise<void>
}

/** Makes one of this name by the migrations that the version before had. */
export async function databaseBefore(name: string): Promise<DatabaseBefore> {
  await asSuperuser(`create database ${name} owner purser_owner`)
  const at = (base: string) => Object.assign(new URL(base), { pathname: `/${name}` }).href
  const [ownerUrl, appUrl] = [at(inject('ownerUrl')), at(inject('appUrl'))]
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-upgrade-'))
  const all = path.join(prismaFolder, 'migrations')
  for (const one of readdirSync(all).filter((each) => /^\d/.test(each) && each < FIRST_NEW)) {
    mkdirSync(path.join(folder, one))
    cpSync(path.join(all, one), path.join(folder, one), { recursive: true })
  }
  await migrate(ownerUrl, { folder })
  rmSync(folder, { recursive: true })
  const owner = new pg.Client(ownerUrl)
  await owner.connect()
  return {
    ownerUrl,
    appUrl,
    owner,
    drop: async () => {
      await owner.end()
      await asSuperuser(`drop database ${name} with (force)`)
    },
  }
}

async function asSuperuser(statement: string) {
  const client = new pg.Client(inject('superUrl'))
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

interface PostingBefore {
  customer: { id: string; resellerId: string }
  /** Who enters it, and against whose limits it counts. */
  clerk: { id: string; email: string }
  key?: string
  receipt?: string | null
}

/** Asks post_to_ledger() as the version before did, receipt and all. */
export async function postBefore(
  owner: pg.Client,
  { customer, clerk, key = `key-${uuidv7()}`, receipt = null }: PostingBefore,
  facts: Record<string, unknown>,
): Promise<{ outcome: string; waiting: string; posting: { id: string } }> {
  const texts = { comment: 'set up', note: '', reference: null, ...facts }
  const salt = Buffer.alloc(16, 7)
  const body = JSON.stringify([texts.comment, texts.note, texts.reference ?? ''])
  const { rows } = await owner.query('select post_to_ledger($1, $2, $3, $4, $5) as answer', [
    customer.resellerId,
    customer.id,
    key,
    receipt,
    JSON.stringify({
      ...{ posting_id: uuidv7(), entry_ids: [uuidv7(), uuidv7()], audit_id: uuidv7(), grant_id: uuidv7() },
      ...{ waiting_id: uuidv7(), spare_ids: Array.from({ length: 7 }, () => uuidv7()) },
      ...{ reason: 'courtesy', actor_kind: 'staff', actor_id: clerk.id, actor_name: clerk.email },
      ...{ limit_staff_id: clerk.id, currency: 'USD', fingerprint: 'f'.repeat(64), ...texts },
      text_salt: `\\x${salt.toString('hex')}`,
      text_digest: `\\x${createHash('sha256').update(salt).update(body).digest('hex')}`,
    }),
  ])
  return rows[0].answer
}
