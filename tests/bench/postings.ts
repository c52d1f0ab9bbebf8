import { hash } from 'node:crypto'
import { textDigest } from '../../src/ledger/fingerprint.ts'
import { type HashedFacts, entryHash } from '../../src/ledger/verification/chain.ts'
import { seededRandom } from '../support/crowd.ts'
import { customerId, idAt } from './customers.ts'

/** What happened to one account. The same size gives the same movements each time. */
interface Movement {
  /** Its number, from 0 on in the order of time. */
  at: number
  customer: number
  kind: 'refill' | 'charge' | 'deduction' | 'credits_set'
  seq: number
  /** Minor units. */
  amount: number
  before: number
  postedMs: number
}

/** A posting with its entry, as the statement that inserts them takes it. Bytes are hex. */
export interface BenchPosting extends HashedFacts {
  entry: string
  audit: string
  grant: string | null
  event: string
  comment: string
  reference: string | null
  receipt: string | null
  salt: string
  actor_name: string
  author_salt: string
  hash: string
}

/** What an account ended with. */
interface AccountEnd {
  after: number
  seq: number
  hash: string | null
}

/** Who posts. */
export interface BenchStaff {
  id: string
  email: string
}

/** Entries for each customer, but for the one with many. */
const ENTRIES_EACH = 5.1
/** Of a million customers, one has so many entries; of fewer, it has as large a share. */
const LONG_ACCOUNT = 99_130
/** The last of the postings are grants of credits: charges after them would have to take from these. */
const CREDITS_SHARE = 0.04

const FIRST_MS = Date.UTC(2024, 0, 2)
const SPAN_MS = Date.UTC(2026, 0, 1) - FIRST_MS

const CHANNELS = ['bank_transfer', 'card', 'crypto', 'cheque'] as const
const KINDS = {
  refill: { event: 'balance.refilled', reason: 'payment_received', comment: '' },
  charge: { event: 'customer.charged', reason: null, comment: '' },
  deduction: { event: 'balance.deducted', reason: 'billing_error', comment: 'Corrected after a complaint' },
  credits_set: { event: 'credits.set', reason: 'courtesy', comment: '' },
} as const

/** The number of the customer with the long account. */
export const longAccount = (size: number) => Math.floor(size / 2)

const longEntries = (size: number) => Math.round((LONG_ACCOUNT * size) / 1_000_000)

const postingsOf = (size: number) => Math.round(size * ENTRIES_EACH) + longEntries(size)

/** The ledger of a reseller with so many customers. What their accounts end with is known once all postings have been worked out. */
export class BenchLedger {
  readonly size: number
  readonly count: number
  readonly #resellerId: string
  readonly #staff: readonly BenchStaff[]
  readonly #accounts: AllAccounts

  constructor(size: number, { resellerId, staff }: { resellerId: string; staff: readonly BenchStaff[] }) {
    this.size = size
    this.count = postingsOf(size)
    this.#resellerId = resellerId
    this.#staff = staff
    this.#accounts = { BALANCE: new Accounts(size), CREDITS: new Accounts(size) }
  }

  /** All postings in the order of time. To be gone through once. */
  *postings(): Generator<BenchPosting> {
    for (const movement of movementsOf(this.#accounts, this.size, this.count)) {
      const account = this.#accounts[accountOf(movement)]
      const facts = this.#factsOf(movement)
      const hash = entryHash(facts, account.hashOf(movement.customer) ?? '')
      account.link(movement.customer, hash)
      yield { ...facts, hash }
    }
  }

  /** What the accounts of a customer ended with. */
  endOf(customer: number, name: 'BALANCE' | 'CREDITS'): AccountEnd {
    const account = this.#accounts[name]
    const { afters, seqs } = account
    return { after: afters[customer] ?? 0, seq: seqs[customer] ?? 0, hash: account.hashOf(customer) }
  }

  #factsOf({ at, customer, kind, seq, amount, before, postedMs }: Movement): Omit<BenchPosting, 'hash'> {
    const key = `bench-${String(at).padStart(8, '0')}`
    const fingerprint = hash('sha256', key)
    const salt = fingerprint.slice(0, 32)
    const { event, reason, comment } = KINDS[kind]
    const isRefill = kind === 'refill'
    // As the database folds it: see receipt_folded().
    const reference = isRefill ? `r${String(at).padStart(8, '0')}` : null
    const author = kind === 'charge' ? null : (this.#staff[at % this.#staff.length] ?? null)
    const { name, salt: authorSalt, digest } = authorOf(author?.email ?? 'charges')
    const ms = String(postedMs)
    return {
      ...{
        reseller: this.#resellerId,
        customer: customerId(customer),
        account: accountOf({ kind }),
        seq: String(seq),
      },
      ...{ amount: String(amount), before: String(before), after: String(before + amount), floor: '0' },
      ...{ posting: idAt(postedMs, 2, at), entry: idAt(postedMs, 3, at), audit: idAt(postedMs, 4, at) },
      ...{ kind, key, fingerprint, reason, channel: isRefill ? (CHANNELS[at % 4] ?? null) : null, comment },
      ...{ reference, receipt: reference, salt, event },
      digest: textDigest(Buffer.from(salt, 'hex'), { comment, note: '', reference: reference ?? undefined }),
      receipt_digest: reference && salted(salt, reference),
      ...{ actor_kind: author ? 'staff' : 'system', actor_id: author?.id ?? null, actor_name: name },
      ...{ author_salt: authorSalt, author_digest: digest, limit_staff: author?.id ?? null },
      ...{ for_customer: null, reverses: null, posted_ms: ms, effective_ms: ms, mark: null },
      ...{ approval_above: null, approval: null, approver: null },
      grant: kind === 'credits_set' ? idAt(postedMs, 5, at) : null,
      ...{ grant_category: kind === 'credits_set' ? 'promotional' : null, grant_end_ms: null },
    }
  }
}

type AllAccounts = { readonly [account in 'BALANCE' | 'CREDITS']: Accounts }

const HASH_BYTES = 32

/** How much is in each customer's account, and the number and the hash of its last entry. */
class Accounts {
  readonly afters: Float64Array
  readonly seqs: Int32Array
  readonly #hashes: Buffer
  readonly #hasHash: Uint8Array

  constructor(size: number) {
    this.afters = new Float64Array(size)
    this.seqs = new Int32Array(size)
    this.#hashes = Buffer.alloc(size * HASH_BYTES)
    this.#hasHash = new Uint8Array(size)
  }

  /** In hex; null while there is no entry. */
  hashOf(customer: number): string | null {
    const from = customer * HASH_BYTES
    return this.#hasHash[customer] ? this.#hashes.toString('hex', from, from + HASH_BYTES) : null
  }

  link(customer: number, hash: string) {
    this.#hashes.write(hash, customer * HASH_BYTES, 'hex')
    this.#hasHash[customer] = 1
  }

  /** Adds to an account, and gives what its entry says. */
  move(customer: number, amount: number): { before: number; seq: number } {
    const before = this.afters[customer] ?? 0
    const seq = (this.seqs[customer] ?? 0) + 1
    this.afters[customer] = before + amount
    this.seqs[customer] = seq
    return { before, seq }
  }
}

/** Moves the accounts, which begin empty, one movement after the other. */
function* movementsOf(accounts: AllAccounts, size: number, count: number): Generator<Movement> {
  const random = seededRandom(42)
  const long = { customer: longAccount(size), entries: longEntries(size) }
  const isLong = (at: number) =>
    Math.floor(((at + 1) * long.entries) / count) > Math.floor((at * long.entries) / count)
  for (let at = 0; at < count; at++) {
    const other = Math.floor(random() * (size - 1))
    const customer = isLong(at) ? long.customer : other < long.customer ? other : other + 1
    const postedMs = FIRST_MS + Math.floor((at / count) * SPAN_MS)
    const balance = accounts.BALANCE.afters[customer] ?? 0
    const kind = at > count * (1 - CREDITS_SHARE) ? 'credits_set' : kindFor(balance, random())
    const amount = amountFor(kind, balance, random())
    const { before, seq } = accounts[accountOf({ kind })].move(customer, amount)
    yield { at, customer, kind, seq, amount, before, postedMs }
  }
}

const accountOf = ({ kind }: Pick<Movement, 'kind'>) => (kind === 'credits_set' ? 'CREDITS' : 'BALANCE')

/** An empty account can only be refilled. */
function kindFor(balance: number, chance: number): 'refill' | 'charge' | 'deduction' {
  if (balance === 0 || chance < 0.36) return 'refill'
  return chance < 0.94 ? 'charge' : 'deduction'
}

function amountFor(kind: Movement['kind'], balance: number, chance: number): number {
  if (kind === 'refill') return 5_000 + Math.floor(chance * 200) * 500
  if (kind === 'credits_set') return 100 + Math.floor(chance * 50) * 100
  return -Math.min(balance, 1 + Math.floor(chance * 20_000))
}

const authors = new Map<string, { name: string; salt: string; digest: string }>()

/** An author's name with its digest, made once. */
function authorOf(name: string) {
  const salt = hash('sha256', name).slice(0, 32)
  const author = authors.get(name) ?? { name, salt, digest: salted(salt, name) }
  authors.set(name, author)
  return author
}

const salted = (salt: string, text: string) =>
  hash('sha256', Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(text)]))
