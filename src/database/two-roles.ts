import type pg from 'pg'
import { connected } from './connection.ts'

/** What one of the two addresses of a database leads to. */
interface Seen {
  role: string
  /** The same for both where they lead to one database of one running server. */
  database: string
  /** May change the tables, or make them where there are none. */
  owns: boolean
  /** A copy that only follows another server. */
  isStandby: boolean
}

/** A look through one of them: what was seen, or why the server let nobody in. */
interface Look {
  variable: string
  url: string
  seen: Seen | null
  /** There, and not allowed into this database: nobody has given the role the right to connect. */
  isShutOut: boolean
}

interface Addresses {
  databaseUrl: string
  databaseOwnerUrl: string | null
}

/**
 * Makes sure, before anything is changed, that the two addresses of a PostgreSQL of one's own are the right ones: one database, and at the
 * owner's address a role that owns its tables. The application's role may not be let in before the first start has given it its rights:
 * see mustBeLetIn(). Throws a sentence that names the variables otherwise.
 */
export async function mustFitTogether({ databaseUrl, databaseOwnerUrl }: Addresses) {
  if (databaseOwnerUrl === null) {
    const alone = await look('DATABASE_URL', databaseUrl)
    if (seenBy(alone).owns) return
    throw new Error(
      `The role ${seenBy(alone).role} of DATABASE_URL does not own the tables of ${nameOf(alone)}: set DATABASE_OWNER_URL to the same database as the role that does.`,
    )
  }
  const owner = await look('DATABASE_OWNER_URL', databaseOwnerUrl)
  const application = await look('DATABASE_URL', databaseUrl)
  if (leadApart(application, owner)) throw new Error(twoDatabases(application, owner))
  if (owner.seen?.owns) return
  if (application.seen?.owns) {
    const { role } = application.seen
    throw new Error(
      `DATABASE_URL and DATABASE_OWNER_URL are swapped: ${role} owns the tables of ${nameOf(application)}, and ${roleIn(owner)} does not.`,
    )
  }
  throw new Error(
    `The role ${seenBy(owner).role} of DATABASE_OWNER_URL does not own the tables of ${nameOf(owner)}: set it to the role that does.`,
  )
}

/** The same once more, when the application's role has its rights: now it has to be let in, and into the owner's database. */
export async function mustBeLetIn({ databaseUrl, databaseOwnerUrl }: Addresses) {
  if (databaseOwnerUrl === null) return
  const application = await look('DATABASE_URL', databaseUrl)
  const owner = await look('DATABASE_OWNER_URL', databaseOwnerUrl)
  if (application.isShutOut || leadApart(application, owner))
    throw new Error(twoDatabases(application, owner))
}

/** Where one of them is shut out, only the names can be compared. */
function leadApart(application: Look, owner: Look): boolean {
  if (application.seen && owner.seen) return application.seen.database !== owner.seen.database
  return new URL(application.url).pathname !== new URL(owner.url).pathname
}

function twoDatabases(application: Look, owner: Look): string {
  const shown = nameOf(application) === nameOf(owner) ? nameAndHost : nameOf
  return (
    `DATABASE_URL and DATABASE_OWNER_URL point to two databases (${shown(application)} and ${shown(owner)}). ` +
    'They must point to the same database, with two different roles.'
  )
}

const nameOf = ({ url }: Look) => decodeURIComponent(new URL(url).pathname.slice(1))

const nameAndHost = (one: Look) => `${nameOf(one)} on ${new URL(one.url).host}`

const roleIn = ({ seen, url }: Look) => seen?.role ?? decodeURIComponent(new URL(url).username)

function seenBy(one: Look): Seen {
  if (one.seen) return one.seen
  throw new Error(
    `The role ${roleIn(one)} of ${one.variable} may not connect to ${nameOf(one)}. Check the role and the database.`,
  )
}

/** Not let in for want of a right, which is for the caller to judge. Throws for a server that is not there, a wrong password and the like. */
async function look(variable: string, url: string): Promise<Look> {
  try {
    const seen = await connected(url, see)
    if (!seen.isStandby) return { variable, url, seen, isShutOut: false }
  } catch (error) {
    if (isShutOut(error)) return { variable, url, seen: null, isShutOut: true }
    throw new Error(`${error instanceof Error ? error.message : String(error)} Check ${variable}.`, {
      cause: error,
    })
  }
  throw new Error(`${variable} points to a standby, which is read-only. Set it to the primary server.`)
}

/** SQLSTATE insufficient_privilege, while connecting: the role exists and its password is right. */
function isShutOut(error: unknown): boolean {
  return error instanceof Error && (error.cause as { code?: unknown } | undefined)?.code === '42501'
}

async function see(client: pg.Client): Promise<Seen> {
  const { rows } = await client.query<Seen>(
    `select current_user as role, pg_is_in_recovery() as "isStandby",
            (select oid from pg_database where datname = current_database()) || ' ' || pg_postmaster_start_time() as database,
            case when to_regclass('public.customers') is null then has_schema_privilege('public', 'create')
                 else (select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass('public.customers')) end as owns`,
  )
  return rows[0] as Seen
}
