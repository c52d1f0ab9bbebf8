import { connected } from '../database/connection.ts'
import { PERMISSIONS } from './permissions.ts'
import { roleRows } from './roles.ts'

const MISSING = `
  insert into roles (reseller_id, id, name, permissions, requires_factor)
  select t.id, b.id, b.name, b.permissions, b."requiresFactor" and t.factors_required_at is not null
  from resellers t cross join jsonb_to_recordset($1) as b (id text, name text, permissions text[], "requiresFactor" boolean)
  on conflict do nothing`

// Two versions may serve one database for a while: a permission that only the newer one knows is left to it.
const CHANGED = `
  update roles r set name = w.name, permissions = w.permissions
  from (
    select o.reseller_id, b.id, b.name,
           b.permissions || array(select p from unnest(o.permissions) as p where p <> all ($2::text[])) as permissions
    from roles o join jsonb_to_recordset($1) as b (id text, name text, permissions text[]) on b.id = o.id
  ) as w
  where r.reseller_id = w.reseller_id and r.id = w.id
    and (r.name, r.permissions) is distinct from (w.name, w.permissions)`

/**
 * Brings every reseller's built-in roles up to date with ROLES, as the owner of the tables: adds those that are missing, and gives each
 * the permissions that it has there. Limits, and whether a second factor is required, stay. Roles that are not built in, and permissions that this version does not know, are left
 * alone. Safe at every start and from several processes at once.
 */
export async function updateBuiltInRoles(ownerUrl: string): Promise<void> {
  const rows = JSON.stringify(roleRows())
  await connected(ownerUrl, async (client) => {
    await client.query(MISSING, [rows])
    await client.query(CHANGED, [rows, PERMISSIONS])
  })
}
