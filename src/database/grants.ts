import pg from 'pg'
import { connected } from './connection.ts'
import { OWNERS_FUNCTIONS, RIGHTS, type TableRights } from './rights.ts'

/** Where the job queue keeps its tables; made by the owner after the first migration. */
const queueSchema = 'pgboss'

/** Any number that all Pursers agree on: two that grant at once would fail with "tuple concurrently updated". */
const grantLock = 718273

/**
 * Gives the application's role what RIGHTS names and nothing else: it can read every table but for some columns, write what each table's line says, and use
 * the tables and functions of the job queue, if they exist. Any other privilege is revoked. Safe to repeat, as after the job queue was
 * installed. Does nothing for a role that owns the tables: then only triggers guard the append-only tables.
 */
export async function grantToApplication(ownerUrl: string, appRole: string): Promise<void> {
  try {
    await connected(ownerUrl, async (client) => {
      if (await ownsTables(client, appRole)) return
      await client.query('begin')
      await client.query('select pg_advisory_xact_lock($1)', [grantLock])
      for (const statement of await statementsFor(client, appRole)) await client.query(statement)
      await client.query('commit')
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(
      `The role ${appRole} cannot be granted the rights that the application needs: ${reason}.`,
      {
        cause: error,
      },
    )
  }
}

/** The name of the role that an address logs in as, as the server knows it. */
export async function roleOf(url: string): Promise<string> {
  return connected(url, async (client) => {
    const { rows } = await client.query<{ role: string }>('select current_user as role')
    return rows[0]?.role ?? ''
  })
}

/** Whether the role can act as the owner: it is that one, a member of it, or a superuser. */
async function ownsTables(client: pg.Client, role: string): Promise<boolean> {
  const { rows } = await client.query<{ owns: boolean }>(
    `select pg_has_role($1, current_user, 'usage') as owns`,
    [role],
  )
  return rows[0]?.owns ?? false
}

async function statementsFor(client: pg.Client, appRole: string): Promise<string[]> {
  const role = pg.escapeIdentifier(appRole)
  const { rows } = await client.query<{
    database: string
    tables: Table[] | null
    functions: string[]
    queue: boolean
  }>(
    `select current_database() as database, to_regnamespace($2) is not null as queue,
            (select json_agg(json_build_object('name', c.relname, 'columns', (
               select json_agg(a.attname order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)))
             from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname = any($1)) as tables,
            array(select name from unnest($3::text[]) as name where to_regprocedure('public.' || name) is not null) as functions`,
    [Object.keys(RIGHTS), queueSchema, OWNERS_FUNCTIONS],
  )
  const { database = '', functions = [], queue = false } = rows[0] ?? {}
  const tables = rows[0]?.tables ?? []
  return [
    `grant connect on database ${pg.escapeIdentifier(database)} to ${role}`,
    `revoke create on schema public from ${role}`,
    `grant usage on schema public to ${role}`,
    `revoke all on all tables in schema public from ${role}`,
    ...tables.map((table) => grantStatement(table, RIGHTS[table.name] ?? {}, role)),
    ...functions.map((name) => `revoke execute on function public.${name} from public`),
    ...functions.map((name) => `grant execute on function public.${name} to ${role}`),
    ...(queue ? queueStatements(role) : []),
  ]
}

interface Table {
  name: string
  columns: string[]
}

function grantStatement({ name, columns: all }: Table, rights: TableRights, role: string): string {
  const listed = (columns: readonly string[]) =>
    columns.map((column) => pg.escapeIdentifier(column)).join(', ')
  const { unread } = rights
  const columns = rights.update && listed(rights.update)
  const granted = [
    unread ? `select (${listed(all.filter((column) => !unread.includes(column)))})` : 'select',
    ...(rights.insert ? ['insert'] : []),
    ...(columns ? [`update (${columns})`] : []),
    ...(rights.delete ? ['delete'] : []),
  ]
  return `grant ${granted.join(', ')} on public.${pg.escapeIdentifier(name)} to ${role}`
}

function queueStatements(role: string): string[] {
  return [
    `grant usage on schema ${queueSchema} to ${role}`,
    `grant select, insert, update, delete on all tables in schema ${queueSchema} to ${role}`,
    `grant usage, select on all sequences in schema ${queueSchema} to ${role}`,
    `grant execute on all functions in schema ${queueSchema} to ${role}`,
  ]
}
