import { Readable } from 'node:stream'
import pg from 'pg'
import { isDatabaseLost } from './failures.ts'

/** What a running server sends of its data folder, while it goes on working. */
export interface BaseBackup {
  /** PostgreSQL's own name for the cluster: a copy of it bears the same. */
  system: string
  /** How much will come, as PostgreSQL estimates it at the beginning; what is written meanwhile comes on top. */
  bytesExpected: number
  /** The data folder and the WAL that makes it consistent, as a tar. It ends only when the server has said that this is all of it. */
  tar: Readable
  /** PostgreSQL's list of the files and their checksums (`backup_manifest`); there once `tar` has ended. */
  manifest(): Buffer
  /** Ends the connection, and with it the backup where it is still under way: nothing of it stays on the server. */
  close(): Promise<void>
}

const BASE_BACKUP = `BASE_BACKUP (LABEL 'purser', PROGRESS, CHECKPOINT 'fast', WAL, MANIFEST 'yes', MANIFEST_CHECKSUMS 'SHA256')`

/**
 * Begins a base backup over PostgreSQL's replication protocol, as pg_basebackup does, which the embedded build lacks
 * (https://www.postgresql.org/docs/18/protocol-replication.html). The server checks the checksum of every page it sends. A temporary
 * slot keeps the WAL until the connection ends. `superUrl`: a database of the server, with a role that may replicate.
 */
export async function beginBaseBackup(superUrl: string): Promise<BaseBackup> {
  const client = new pg.Client({
    connectionString: superUrl,
    connectionTimeoutMillis: 10_000,
    application_name: 'purser backup',
    // In this mode a connection takes SQL too, and the rules of pg_hba.conf for the database count.
    ...{ replication: 'database' },
  })
  // What breaks while a command is under way is told to that.
  client.on('error', () => {})
  const close = async () => {
    // Not client.end(): in the middle of a backup its farewell would wait until the last byte was read.
    client.connection?.stream.destroy()
    await client.end().catch(() => {})
  }
  try {
    await client.connect()
    const { rows } = await client.query<{ systemid: string }>('IDENTIFY_SYSTEM')
    await client.query(
      `CREATE_REPLICATION_SLOT purser_backup_${process.pid} TEMPORARY PHYSICAL (RESERVE_WAL)`,
    )
    const reading = client.query(new Reading())
    client.on('notice', ({ message = '' }) => reading.noteWarning(message))
    const bytesExpected = await reading.begun
    return {
      system: rows[0]?.systemid ?? '',
      bytesExpected,
      tar: reading.tar,
      manifest: () => Buffer.concat(reading.manifest),
      close,
    }
  } catch (error) {
    await close()
    throw inWords(error)
  }
}

/** What it is that PostgreSQL or the connection complains of. */
function inWords(error: unknown, damage: string | null = null): unknown {
  const { code, message = '' } = error as Partial<pg.DatabaseError>
  if (code === 'XX001' || message.startsWith('checksum verification failure')) {
    return new Error(
      `The database's own files are damaged${damage ? ` (${damage})` : ''}, so they were not backed up. ` +
        'Restore the last good backup, or stop Purser and copy its data folder before you try anything else.',
      { cause: error },
    )
  }
  if (!isDatabaseLost(error)) return error
  const sentence = 'The database is starting or stopping. Try again in a moment.'
  return new Error(sentence, { cause: error })
}

/** What `pg` tells of a command under way. */
interface DataRow {
  fields: (string | null)[]
}
type Connection = pg.Connection & { query(text: string): void; stream: NodeJS.ReadStream }

/** The command under way, as `pg` drives it: two results, then the copied data, then the end. */
class Reading implements pg.Submittable {
  /** The estimated size, once the first data has come. */
  readonly begun: Promise<number>
  readonly manifest: Buffer[] = []
  readonly tar: Readable
  readonly #begin = Promise.withResolvers<number>()
  /** The second result: a row for each tablespace, the server's own without a number, and its size in kB. */
  readonly #tablespaces: DataRow[] = []
  #results = 0
  #connection: Connection | null = null
  #inManifest = false
  #failed = false
  /** The first page whose checksum does not fit. */
  #damage: string | null = null

  constructor() {
    this.begun = this.#begin.promise
    this.tar = new Readable({ read: () => this.#connection?.stream.resume() })
    // Where it fails before anybody reads it, `begun` has said so.
    this.tar.on('error', () => {})
  }

  submit(connection: pg.Connection) {
    this.#connection = connection as Connection
    this.#connection.query(BASE_BACKUP)
  }

  handleRowDescription() {
    this.#results += 1
  }

  handleDataRow(row: DataRow) {
    if (this.#results === 2) this.#tablespaces.push(row)
  }

  /** The first byte says what follows: n a new archive, m the manifest, d data of either, p how far it is. */
  handleCopyData({ chunk }: { chunk: Buffer }) {
    const [kind, data] = [String.fromCharCode(chunk[0] ?? 0), chunk.subarray(1)]
    if (kind === 'n') this.#begins()
    else if (kind === 'm') this.#inManifest = true
    else if (kind === 'd' && this.#inManifest) this.manifest.push(Buffer.from(data))
    // The parser uses its buffer again.
    else if (kind === 'd' && !this.tar.push(Buffer.from(data))) this.#connection?.stream.pause()
  }

  handleCommandComplete() {}

  handleError(error: Error) {
    this.#failed = true
    const told = inWords(error, this.#damage) as Error
    this.#begin.reject(told)
    this.tar.destroy(told)
  }

  /** The server warns of each damaged page, and fails at the end. */
  noteWarning(message: string) {
    this.#damage ??= /^checksum verification failed in file.*?, block \d+/.exec(message)?.[0] ?? null
  }

  handleReadyForQuery() {
    if (!this.#failed) this.tar.push(null)
  }

  #begins() {
    if (this.#tablespaces.length > 1)
      return this.handleError(
        new Error('This database has tablespaces outside its folder, which are not backed up.'),
      )
    this.#begin.resolve(Number(this.#tablespaces[0]?.fields[2] ?? 0) * 1024)
  }
}
