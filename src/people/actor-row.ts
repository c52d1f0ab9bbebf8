import type { State } from '../generated/prisma/client.ts'
import type { ResellerFacts } from './actor.ts'
import { type RequiredFactorRow, requiredFactorSql, requiredOfCustomerSql } from './required-factor.ts'

/** What an actor is made of, as SQL gives it. */
interface ActorRow {
  id: string
  email: string
  name: string
  reseller: ResellerFacts
}

export interface StaffRow extends ActorRow {
  roleId: string
  permissions: string[]
  requiredFactor: RequiredFactorRow | null
}

export interface CustomerRow extends ActorRow {
  state: State
  mustChangePassword: boolean
  offersFactors: boolean
  requiredFactor: StaffRow['requiredFactor']
}

/** The person `p` and the reseller `t`. */
const PERSON = `'id', p.id, 'email', p.email, 'name', p.name, 'reseller', json_build_object('id', t.id, 'slug', t.slug, 'name', t.name,
  'currency', t.currency, 'currencyScale', t.currency_scale, 'timeZone', t.time_zone, 'locale', t.locale)`

/** SQL for the row of a staff member who is ON, as JSON; null for one who is not. `id`: SQL for the ID. $1: the reseller. */
export const staffRow = (id: string) => `
  (select json_build_object(${PERSON}, 'roleId', p.role_id, 'permissions', r.permissions,
     'requiredFactor', ${requiredFactorSql('p', 'r', 't')})
   from staff p join roles r on r.reseller_id = $1 and r.id = p.role_id join resellers t on t.id = $1
   where p.reseller_id = $1 and p.id = ${id} and p.state = 'ON')`

/** As staffRow(), for a customer, also one who is OFF. `began`: SQL for when the session did. */
export const customerRow = (id: string, began: string) => `
  (select json_build_object(${PERSON}, 'state', p.state, 'mustChangePassword', p.must_change_password,
     'offersFactors', t.customer_factors <> 'off', 'requiredFactor', ${requiredOfCustomerSql('p', 't', began)})
   from customers p join resellers t on t.id = $1
   where p.reseller_id = $1 and p.id = ${id})`
