// What a form would do to an account, in minor units, before it is sent. The database decides: this says what src/ledger/sql/movement_of.sql
// and why_not_moved.sql would, and tests/ledger/preview.test.ts compares the two.

/** @typedef {{ now: bigint, held: bigint }} Account What is on it, and the credits that a charge is paid from first. */

/** What there will be. @type {Record<string, (account: Account, amount: bigint) => bigint>} */
export const afterwards = {
  add: ({ now }, amount) => now + amount,
  take: ({ now }, amount) => now - amount,
  set: (_account, amount) => amount,
  charge: (account, amount) => account.now - partsOf(amount, account).balance,
}

/** What a charge takes from the credits, and what is left for the balance. @param {bigint} amount @param {Pick<Account, 'held'>} account */
export function partsOf(amount, { held }) {
  const credits = amount < held ? amount : held
  return { credits, balance: amount - credits }
}

/** Whether less is there than is taken: below the floor of the account, or more than a charge can be paid from.
 * @param {{ after: bigint, amount: bigint, least?: bigint, available?: bigint }} movement */
export function isShort({ after, amount, least, available }) {
  return available === undefined ? least !== undefined && after < least : amount > available
}
