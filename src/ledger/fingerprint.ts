import { createHash } from 'node:crypto'
import type { PostingKind } from '../generated/prisma/client.ts'
import type { Movement, PostingFacts } from './facts.ts'

/** SHA-256 over all that a form said, but neither its token nor its key, hex: the same key with another one is a conflict. */
export function fingerprintOf(
  kind: PostingKind,
  customerId: string,
  movement: Movement,
  { key: _key, limitsOf: _limitsOf, ...facts }: PostingFacts,
) {
  const body = { kind, customerId, ...movement, ...facts }
  const inOrder = Object.entries(body)
    .filter(([, value]) => value !== undefined && value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const line = JSON.stringify(inOrder, (_name, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  return createHash('sha256').update(line).digest('hex')
}

/** SHA-256 over salt and personal texts, hex: what the chain proves of them, even when they are erased. */
export function textDigest(
  salt: Buffer,
  { comment, note, reference }: Pick<PostingFacts, 'comment' | 'note' | 'reference'>,
) {
  return createHash('sha256')
    .update(salt)
    .update(JSON.stringify([comment, note, reference ?? '']))
    .digest('hex')
}
