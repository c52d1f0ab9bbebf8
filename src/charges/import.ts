import { setTimeout as pause } from 'node:timers/promises'
import { actingAlone } from '../actions/caller.ts'
import { isDatabaseLost } from '../database/failures.ts'
import { Charge } from '../ledger/charge.ts'
import type { Actor } from '../people/actor.ts'
import { readForm } from '../forms/form.ts'
import { Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import { type NamedCustomers, customersMeant } from './match.ts'
import { ChargeRow } from './forms.ts'
import type { Row } from './rows.ts'

/** A row that was not applied, and why. */
export interface RefusedRow {
  line: number
  /** The row's own reference, as far as it has one. */
  reference: string
  why: Sentence
}

/** How far an import is. */
export interface Tally {
  /** The last line that was looked at. */
  line: number
  applied: number
  /** Applied by an earlier run, or by an earlier row. */
  already: number
  refused: number
}

interface Import {
  /** Told once for each batch of rows, in the order of their lines. */
  onRefused: (rows: readonly RefusedRow[]) => Promise<void>
  /** Ends the import: what is under way is finished, nothing else begins. */
  signal: AbortSignal
  /** Kept up to date while it runs. */
  tally: Tally
  /** How many records there were so far, by a count of its own: see countRecords(). */
  records: () => number
}

/** So many postings are under way at once, on as many connections. */
const AT_ONCE = 8

/** How long one row is tried again while the database is away. */
const PATIENCE_MS = 60_000

/**
 * Applies a file of charges. Its reference is a charge's idempotency key, so each row is applied once, however often the import runs,
 * and a run that was killed at any row can be repeated. Rows of one customer are applied in order, those of several customers at the
 * same time. A refused row does not affect others.
 *
 * @throws what the rows throw (UnusableFile, before anything is written); the database's error after it was away for a minute; an error
 * at the end if a record of the file is neither applied nor refused
 */
export async function importCharges(
  actor: Actor,
  batches: AsyncIterable<readonly Row[]>,
  { onRefused, signal, tally, records }: Import,
): Promise<void> {
  const form = ChargeRow(actor.reseller)
  for await (const batch of batches) {
    const refused: RefusedRow[] = []
    const read = batch.flatMap((row) => {
      const { charges, refusals } = readRow(form, row)
      refused.push(...refusals)
      return charges
    })
    const meant = await patiently(signal, () =>
      customersMeant(
        actor,
        read.map(({ customer }) => customer),
      ),
    )
    const queues = new Map<string, ReadCharge[]>()
    for (const one of read) {
      const who = meant.get(one.customer) ?? 'nobody'
      if (typeof who === 'string') refused.push({ ...one, why: whyNobody(who, one.customer) })
      else if (!queues.get(who.id)?.push(one)) queues.set(who.id, [one])
    }
    await inTurns([...queues], async ([id, charges]) => {
      for (const one of charges) {
        if (signal.aborted) return
        const refusal = await apply(actor, { id }, one, { signal, tally })
        if (refusal) refused.push(refusal)
      }
    })
    refused.sort((one, other) => one.line - other.line)
    tally.refused += refused.length
    if (!signal.aborted) tally.line = batch.at(-1)?.line ?? tally.line
    await onRefused(refused)
    if (signal.aborted) return
  }
  mustAddUp(tally, records())
}

/** More refusals than records are right where a quote never closes: each line after it is then looked at as one. */
function mustAddUp(tally: Tally, records: number) {
  const accounted = lookedAt(tally)
  if (accounted === records || (accounted > records && tally.refused > 0)) return
  throw new Error(
    `The file has ${records} records, but ${accounted} were processed. Compare the file with the ledger before you run it again.`,
  )
}

/** How many records were applied or refused. */
export const lookedAt = ({ applied, already, refused }: Tally): number => applied + already + refused

interface ReadCharge {
  line: number
  reference: string
  customer: string
  amount: bigint
  description: string
  effectiveAt: Date | undefined
}

type Form = ReturnType<typeof ChargeRow>

function readRow(form: Form, row: Row): { charges: ReadCharge[]; refusals: RefusedRow[] } {
  const { line } = row
  if ('problem' in row) return { charges: [], refusals: [{ line, reference: '', why: row.problem }] }
  const read = readForm(form, row.fields)
  const reference = (read.typed.external_reference ?? '').trim().slice(0, 120)
  if (read.ok) {
    const { customer, amount, description, external_reference, effective_at: effectiveAt } = read.values
    const one = { line, reference: external_reference, customer, amount, description, effectiveAt }
    return { charges: [one], refusals: [] }
  }
  const sentences = Object.entries(read.errors).map(([column, why]) => t('{column}: {why}', { column, why }))
  const why = sentences.reduce((one, other) => t('{one} {other}', { one, other }))
  return { charges: [], refusals: [{ line, reference, why }] }
}

const whyNobody = (who: Extract<NamedCustomers, string>, customer: string) =>
  who === 'nobody'
    ? t('customer: No customer has the ID, e-mail address or external reference {customer}.', { customer })
    : t('customer: {customer} matches more than one customer. Use the internal customer ID.', { customer })

/** Gives the refusal, or null where the row is applied now. */
async function apply(
  actor: Actor,
  customer: { id: string },
  { line, reference, amount, description, effectiveAt }: ReadCharge,
  { signal, tally }: Pick<Import, 'signal' | 'tally'>,
): Promise<RefusedRow | null> {
  const facts = { idempotencyKey: `charge:${reference}`, amount, description, reference, effectiveAt }
  try {
    const posted = await patiently(signal, () => Charge.run(actingAlone(actor), customer, facts))
    if (posted.fresh) tally.applied += 1
    else tally.already += 1
    return null
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const why = error.facts.keySpent ? USED_OTHERWISE : error.sentence
    return { line, reference, why: error.field ? t('{column}: {why}', { column: error.field, why }) : why }
  }
}

const USED_OTHERWISE = t(
  'external_reference: This was already posted with another customer, amount, description or time. It was not changed.',
)

/** Does the work, and does it again while the database is away or a customer is held by somebody else for long. */
async function patiently<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + PATIENCE_MS
  for (let delayMs = 250; ; delayMs = Math.min(delayMs * 2, 5_000)) {
    try {
      return await work()
    } catch (error) {
      if (!isDatabaseLost(error) || signal.aborted || performance.now() + delayMs > until) throw error
      await pause(delayMs)
    }
  }
}

/** Works on so many at once; what fails keeps the others from beginning, and is thrown when all under way have ended. */
async function inTurns<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const todo = items.toReversed()
  const failures: unknown[] = []
  const worker = async () => {
    for (let item = todo.pop(); item && failures.length === 0; item = todo.pop()) {
      await work(item).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  if (failures.length > 0) throw failures[0]
}
