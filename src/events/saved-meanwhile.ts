import type { Transaction } from '../database/client.ts'
import { type ActorKind, Prisma } from '../generated/prisma/client.ts'
import type { Conflict } from '../forms/conflict.ts'
import { DONE_ALREADY, Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import { type Changes, changesBetween } from './changes.ts'

/** Who is told, and so what of others they may be told: staff by name, customers only that it was staff. */
interface Reader {
  kind: ActorKind
  id: string | null
  standsInFor: string | null
  reseller: { id: string; name: string }
}

interface Meanwhile {
  /** The name of the event that every such change leaves in the audit log. */
  event: { name: string }
  /** Whose it is, where it is a customer's: one of these. */
  customers?: { teamId: string } | { id: string }
  /** What such an event remembers of the one thing that was changed, where that is no customer's. */
  remembers?: Readonly<Record<string, string>>
  /** What is saved, and what the form would save, by the names of its fields and as it sends them. */
  now: Readonly<Record<string, string>>
  wanted: Readonly<Record<string, string>>
  /** What the form showed when it was opened; where it does not know, how many changes ago that was: the events remember what each changed. */
  opened?: Readonly<Record<string, string>>
  changesAgo?: number
  /** See Conflict. */
  seen: Conflict['seen']
  /** When the newest change was made, where its own row knows. */
  changedAt?: Date | undefined
}

/**
 * The refusal, 409, of a form that was opened before somebody else saved the same thing: who that was and when, in which fields the form
 * differs, and which of them they have changed. What it needs beside is read in one statement.
 */
export async function savedMeanwhile(
  db: Transaction,
  reader: Reader,
  meanwhile: Meanwhile,
): Promise<Refusal> {
  const { now, wanted, seen, changedAt } = meanwhile
  const rows = await newestChanges(db, reader, meanwhile)
  const [newest] = rows
  const opened = meanwhile.opened ?? openedWith(now, rows)
  const differing = changesBetween(now, wanted).changed.map((name) => {
    const shown = opened[name] ?? now[name]
    const isTheirs = shown !== now[name]
    return [
      name,
      { now: now[name] ?? '', isTheirs, isUntouched: isTheirs && wanted[name] === shown },
    ] as const
  })
  const conflict: Conflict = {
    by: newest ? whoFor(reader, newest) : null,
    at: newest?.at ?? changedAt ?? null,
    differing: Object.fromEntries(differing),
    seen,
  }
  const isOwn = newest !== undefined && isBy(reader, newest)
  return new Refusal(
    409,
    isOwn
      ? t(
          'Changed in another window. Your entries are not saved yet. Where they differ, choose which value to save.',
        )
      : t(
          'Changed by someone else. Your entries are not saved yet. Where they differ, choose which value to save.',
        ),
    { facts: { conflict } },
  )
}

/**
 * The refusal, 409, of what somebody else has done before, and of which there is nothing to choose: says who that was and when. `seen` as
 * of a Conflict, where sending the form again is a decision.
 */
export async function doneMeanwhile(
  db: Transaction,
  reader: Reader,
  what: Pick<Meanwhile, 'event' | 'customers' | 'remembers'> & Partial<Pick<Meanwhile, 'seen'>>,
  sentence: Sentence,
): Promise<Refusal> {
  const [newest] = await newestChanges(db, reader, what)
  const conflict: Conflict = {
    by: newest ? whoFor(reader, newest) : null,
    at: newest?.at ?? null,
    differing: {},
    seen: what.seen ?? {},
  }
  return new Refusal(409, sentence, { title: DONE_ALREADY, facts: { conflict } })
}

/** Who did a thing, as its row keeps them. */
export interface ChangeAuthor {
  at: Date
  kind: ActorKind
  actorId: string | null
  actorName: string
  /** What the person is called, beside their address. */
  name: string | null
}

interface Change extends ChangeAuthor {
  forCustomerId: string | null
  details: Partial<Changes>
}

/** Older ones are not looked through. */
const CHANGES_MAX = 50

/** So many of the customer's latest events, or of the latest of this name, are looked through: what was saved meanwhile is not far back. */
const LOOK = 10_000

function newestChanges(
  db: Transaction,
  { reseller: { id } }: Reader,
  {
    event,
    customers,
    remembers = {},
    changesAgo = 1,
  }: Pick<Meanwhile, 'event' | 'customers' | 'remembers' | 'changesAgo'>,
): Promise<Change[]> {
  const count = Math.min(Math.max(changesAgo, 1), CHANGES_MAX)
  const latest = (which: Prisma.Sql) =>
    Prisma.sql`(select * from audit_rows where reseller_id = ${id} and ${which} order by at desc, id desc limit ${LOOK})`
  const from = !customers
    ? latest(Prisma.sql`event = ${event.name}`)
    : 'id' in customers
      ? latest(Prisma.sql`customer_id = ${customers.id}`)
      : Prisma.sql`(select * from audit_rows where reseller_id = ${id} and customer_id in (
          select id from customers where reseller_id = ${id} and team_id = ${customers.teamId}::uuid))`
  return db.$queryRaw<Change[]>`
    select a.at, a.actor_kind as kind, a.actor_id as "actorId", a.actor_name as "actorName", a.for_customer_id as "forCustomerId",
           a.details, coalesce(s.name, c.name) as name
    from ${from} a
    left join staff s on a.actor_kind = 'staff' and s.reseller_id = ${id} and s.id::text = a.actor_id
    left join customers c on a.actor_kind = 'customer' and c.reseller_id = ${id} and c.id = a.actor_id
    where a.event = ${event.name} and a.details @> ${JSON.stringify(remembers)}::jsonb
    order by a.at desc, a.id desc limit ${count}`
}

/**
 * What the changed fields were before all of these changes, newest first. A field whose changes do not follow upon one another, because
 * some were another thing's, is left out.
 */
function openedWith(now: Readonly<Record<string, string>>, rows: readonly Change[]): Record<string, string> {
  const before: Record<string, string> = {}
  const broken = new Set<string>()
  for (const { details } of rows) {
    const { changed = [], before: was = [], after = [] } = details
    for (const [place, name] of changed.entries()) {
      const [from, to] = [was[place], after[place]]
      if (from === undefined || to !== (before[name] ?? now[name])) broken.add(name)
      else before[name] = from
    }
  }
  for (const name of broken) delete before[name]
  return before
}

const isBy = ({ kind, id }: Reader, { kind: by, actorId }: ChangeAuthor) =>
  kind === by && id !== null && id === actorId

/** What a refusal says of what somebody else did before, see Conflict, where there is nothing to choose. */
export const doneBy = (reader: Reader, author: ChangeAuthor): Conflict => ({
  by: whoFor(reader, author),
  at: author.at,
  differing: {},
  seen: {},
})

/** What this reader may know of who it was. */
function whoFor(reader: Reader, change: ChangeAuthor): Conflict['by'] {
  const { kind, actorName, name } = change
  if (isBy(reader, change)) return t('you, in another window or browser')
  if (kind === 'system') return t('The system')
  if (reader.kind === 'staff' && !reader.standsInFor) return { name: name || actorName, address: actorName }
  const FOR_CUSTOMERS: Partial<Record<ActorKind, Sentence>> = {
    staff: t('staff of {reseller}', { reseller: reader.reseller.name }),
    customer: t('another member of your team'),
  }
  return FOR_CUSTOMERS[kind] ?? null
}
