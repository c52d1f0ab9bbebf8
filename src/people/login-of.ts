import type { Database } from '../database/client.ts'
import type { Customer, Staff } from '../generated/prisma/client.ts'

/** Whose login is meant: the account of this address at this reseller. */
interface AccountAt {
  resellerId: string
  email: string
}

interface WithFactor {
  /** Whether they have a second factor. */
  hasFactor: boolean
}

/** What a login needs to know of an account, and nothing else is told of: the hash of its password. See must_be_asked_alone(). */
export type StaffLogin = AccountAt &
  Pick<Staff, 'id' | 'state' | 'passwordHash' | 'passwordMark'> &
  WithFactor

export type CustomerLogin = AccountAt &
  Pick<
    Customer,
    'id' | 'state' | 'stateMessage' | 'passwordHash' | 'passwordMark' | 'passwordExpiresAt' | 'resetBy'
  > &
  WithFactor

/** The staff member's, or null where nobody of this reseller has the address. One statement. */
export async function maybeStaffLogin({ pool }: Database, at: AccountAt): Promise<StaffLogin | null> {
  const { rows } = await pool.query<{
    id: string
    state: Staff['state']
    password_hash: string | null
    password_mark: string | null
    has_factor: boolean
  }>({
    name: 'staff-login-of',
    text: 'select * from staff_login_of($1, $2)',
    values: [at.resellerId, at.email],
  })
  const [row] = rows
  if (!row) return null
  const { id, state, password_hash, password_mark, has_factor } = row
  return {
    ...{ ...at, id, state, passwordHash: password_hash, passwordMark: password_mark },
    hasFactor: has_factor,
  }
}

/** The customer's, or null where nobody of this reseller has the address. One statement. */
export async function maybeCustomerLogin({ pool }: Database, at: AccountAt): Promise<CustomerLogin | null> {
  const { rows } = await pool.query<{
    id: string
    state: Customer['state']
    state_message: string | null
    password_hash: string | null
    password_mark: string | null
    password_expires_at: Date | null
    reset_by: string | null
    has_factor: boolean
  }>({
    name: 'customer-login-of',
    text: 'select * from customer_login_of($1, $2)',
    values: [at.resellerId, at.email],
  })
  const [row] = rows
  if (!row) return null
  const {
    id,
    state,
    state_message,
    password_hash,
    password_mark,
    password_expires_at,
    reset_by,
    has_factor,
  } = row
  return {
    ...{ ...at, id, state, passwordHash: password_hash, passwordMark: password_mark },
    ...{ stateMessage: state_message, passwordExpiresAt: password_expires_at, resetBy: reset_by },
    hasFactor: has_factor,
  }
}
