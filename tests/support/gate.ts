import pg from 'pg'
import { waitFor } from './wait.ts'

/**
 * Holds people up in the database, so that two actions meet in the way that a test wants, whatever the machine is busy with: at the
 * moment where they add a row to one of these tables, or where they want a row that somebody else has.
 */
export class Gate {
  readonly #holder: pg.Client

  private constructor(holder: pg.Client) {
    this.#holder = holder
  }

  /** Puts a gate, open as yet, before the rows of these tables. */
  static async before(
    tables: readonly string[],
    { ownerUrl, appUrl }: { ownerUrl: string; appUrl: string },
  ): Promise<Gate> {
    const owner = new pg.Client(ownerUrl)
    await owner.connect()
    await owner.query(`
      create function gate() returns trigger language plpgsql as
        $$ begin perform pg_advisory_xact_lock_shared(hashtext(tg_table_name)); return new; end $$`)
    for (const table of tables) {
      await owner.query(`create trigger gate before insert on ${table} for each row execute function gate()`)
    }
    await owner.end()
    // As the application, which alone is told what its own connections wait for.
    const holder = new pg.Client(appUrl)
    await holder.connect()
    return new Gate(holder)
  }

  async remove() {
    await this.#holder.end()
  }

  /** `first` is held as it adds its row to `table`, until `second` either waits for it or is done. Gives what became of both. */
  async cross<First, Second>(
    table: string,
    { first, second }: { first: () => Promise<First>; second: () => Promise<Second> },
  ): Promise<[First, Second]> {
    await this.#holder.query('select pg_advisory_lock(hashtext($1))', [table])
    return this.#meet({ first, second }, () =>
      this.#holder.query('select pg_advisory_unlock(hashtext($1))', [table]),
    )
  }

  /** Both want a row that is held, as `lock` says, and get it in this order. */
  async queue<First, Second>(
    lock: { text: string; values: unknown[] },
    { first, second }: { first: () => Promise<First>; second: () => Promise<Second> },
  ): Promise<[First, Second]> {
    await this.#holder.query('begin')
    await this.#holder.query(lock)
    return this.#meet({ first, second }, () => this.#holder.query('commit'))
  }

  /** All of them want what is held, as `lock` says, and are let go together once at least `count` of them stand there. */
  async crowd<Result>(
    lock: { text: string; values: unknown[] },
    actions: readonly (() => Promise<Result>)[],
    { count }: { count: number },
  ): Promise<Result[]> {
    await this.#holder.query('begin')
    await this.#holder.query(lock)
    const all = Promise.all(actions.map((action) => action()))
    try {
      await waitFor(() => this.#waiting(1), { what: 'the first of them to wait' })
      // Purser gives up a lock after five seconds.
      await waitFor(() => this.#waiting(count), { what: `${count} of them to wait`, msMax: 4_000 })
    } finally {
      await this.#holder.query('commit')
    }
    return all
  }

  async #meet<First, Second>(
    { first, second }: { first: () => Promise<First>; second: () => Promise<Second> },
    open: () => Promise<unknown>,
  ): Promise<[First, Second]> {
    try {
      const one = first()
      await waitFor(() => this.#waiting(1), { what: 'the first to be held' })
      let isDone = false
      const other = second().finally(() => (isDone = true))
      await waitFor(async () => isDone || (await this.#waiting(2)), {
        what: 'the second to wait or to be done',
      })
      await open()
      return await Promise.all([one, other])
    } catch (error) {
      await open()
      throw error
    }
  }

  async #waiting(count: number): Promise<boolean> {
    // Within a transaction, which holds what they wait for, the first look would be shown again and again.
    await this.#holder.query('select pg_stat_clear_snapshot()')
    const { rows } = await this.#holder.query<{ waiting: number }>(
      `select count(*)::int as waiting from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    )
    return (rows[0]?.waiting ?? 0) >= count
  }
}
