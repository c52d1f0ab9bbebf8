import { createHash, hash } from 'node:crypto'
import { type Ask, asksAmount } from './facts.ts'
import { kindOf } from './kinds.ts'

/** SHA-256 over all that a form said, but neither its token nor its key, hex: the same key with another one is a conflict. */
export function fingerprintOf(customerId: string, ask: Ask) {
  // A deduction stands in it with its sign since the first version, and a key may come again after an upgrade.
  const { moves, sign } = kindOf(ask.kind)
  const signed = asksAmount(ask) && moves === 'amount' && { amount: BigInt(sign ?? 1) * ask.amount }
  const body = { ...ask, customerId, ...signed, key: undefined, limitsOf: undefined }
  const inOrder = Object.entries(body)
    .filter(([, value]) => value !== undefined && value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const line = JSON.stringify(inOrder, (_name, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  return hash('sha256', line, 'hex')
}

/** SHA-256 over salt and personal texts, hex: what the chain proves of them, even when they are erased. */
export function textDigest(
  salt: Buffer,
  { comment, note, reference }: Pick<Ask, 'comment' | 'note' | 'reference'>,
) {
  return createHash('sha256')
    .update(salt)
    .update(JSON.stringify([comment, note, reference ?? '']))
    .digest('hex')
}
