import type pg from 'pg'
import { connected } from './connection.ts'

/** What one of the two addresses of a database leads to. */
interface Seen {
  role: string
  /** The same for both where they lead to one database of one running server. */
  database: string
  /** As people know it. */
  name: string
  /** May change the tables, or make them where there are none. */
  owns: boolean
}

/**
 * Makes sure, before anything is changed, that the two addresses of a PostgreSQL of one's own are the right ones: one database, and at the
 * owner's address a role that owns its tables. Throws a sentence that names the variables otherwise.
 */
export async function mustFitTogether({
  databaseUrl,
  databaseOwnerUrl,
}: {
  databaseUrl: string
  databaseOwnerUrl: string | null
}) {
  const owner = await connected(databaseOwnerUrl ?? databaseUrl, look)
  if (databaseOwnerUrl === null) {
    if (owner.owns) return
    throw new Error(
      `The role ${owner.role} of DATABASE_URL does not own the tables of ${owner.name}: set DATABASE_OWNER_URL to the same database as the role that does.`,
    )
  }
  // The application's role may not be let in before the first start has given it its rights.
  const application = await connected(databaseUrl, look).catch(() => null)
  if (application && application.database !== owner.database) {
    throw new Error(
      `DATABASE_URL and DATABASE_OWNER_URL lead to two databases (${application.name} and ${owner.name}): ` +
        'they have to name one and the same database, as two roles.',
    )
  }
  if (owner.owns) return
  throw new Error(
    application?.owns
      ? `DATABASE_URL and DATABASE_OWNER_URL are swapped: ${application.role} owns the tables of ${owner.name}, and ${owner.role} does not.`
      : `The role ${owner.role} of DATABASE_OWNER_URL does not own the tables of ${owner.name}: set it to the role that does.`,
  )
}

async function look(client: pg.Client): Promise<Seen> {
  const { rows } = await client.query<Seen>(
    `select current_user as role, current_database() as name,
            (select oid from pg_database where datname = current_database()) || ' ' || pg_postmaster_start_time() as database,
            case when to_regclass('public.customers') is null then has_schema_privilege('public', 'create')
                 else (select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass('public.customers')) end as owns`,
  )
  return rows[0] as Seen
}
