import { type ChangeAuthor, doneBy } from '../events/saved-meanwhile.ts'
import type { Actor } from '../people/actor.ts'
import type { Conflict } from '../forms/conflict.ts'
import { Refusal } from '../words/refusal.ts'
import type { Answer } from './outcomes.ts'

/** What a refusal is about: whose money, and what waits for a second person, where that is what was decided. */
interface About {
  customerId: string
  waitingId?: string
}

/**
 * The result that `read` makes of the ledger's answer. Where it is refused, 409, because of what somebody else has done, the refusal says
 * who that was and when, see Conflict: who moved the credits, reversed the posting, changed the currency, or decided what waited. One more
 * statement, in that case alone.
 */
export async function resultOrSayWho<Result>(
  actor: Actor,
  answer: Answer,
  about: About,
  read: () => Result,
): Promise<Result> {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 409) throw error
    throw await withLastChange(actor, error, await maybeChange(actor, answer, about))
  }
}

/** The refusal of what was decided meanwhile, saying by whom and when. */
export async function withDecision(actor: Actor, refusal: Refusal, waitingId: string): Promise<Refusal> {
  return withLastChange(actor, refusal, await maybeDecision(actor, waitingId))
}

/** Who posted this and when, for a page that says that it was done; null where it is not there. */
export async function maybePostedBy(actor: Actor, postingId: string): Promise<Conflict | null> {
  const author = await maybePosting(actor, postingId)
  return author && doneBy(actor, author)
}

function withLastChange(actor: Actor, refusal: Refusal, change: ChangeAuthor | null): Refusal {
  if (!change) return refusal
  const { status, sentence, field, title, facts } = refusal
  return new Refusal(status, sentence, {
    ...(field !== undefined && { field }),
    ...(title && { title }),
    facts: { ...facts, conflict: doneBy(actor, change) },
  })
}

function maybeChange(
  actor: Actor,
  answer: Answer,
  { customerId, waitingId }: About,
): Promise<ChangeAuthor | null> {
  switch (answer.outcome) {
    case 'moved':
      return maybeCreditsPosting(actor, customerId)
    case 'reversed':
      return maybePosting(actor, answer.by)
    case 'currency_changed':
      return maybeCurrencyChange(actor, answer.currency)
    case 'waits':
      return maybeDecision(actor, answer.waiting)
    case 'decided':
      return waitingId ? maybeDecision(actor, waitingId) : Promise.resolve(null)
    default:
      return Promise.resolve(null)
  }
}

const PERSON = `p.actor_kind as kind, p.actor_id as "actorId", p.actor_name as "actorName", s.name`
const STAFF = `left join staff s on p.actor_kind = 'staff' and s.reseller_id = $1 and s.id::text = p.actor_id`

const maybeCreditsPosting = (actor: Actor, customerId: string) =>
  maybeOne(actor, {
    name: 'last-credits-posting',
    text: `select p.posted_at as at, ${PERSON}
           from (select reseller_id, posting_id from entries
                 where reseller_id = $1 and customer_id = $2 and account = 'CREDITS' order by seq desc limit 1) e
           join postings p on p.reseller_id = $1 and p.id = e.posting_id ${STAFF}`,
    value: customerId,
  })

const maybePosting = (actor: Actor, id: string) =>
  maybeOne(actor, {
    name: 'posting-by',
    text: `select p.posted_at as at, ${PERSON} from postings p ${STAFF} where p.reseller_id = $1 and p.id = $2::uuid`,
    value: id,
  })

const maybeDecision = (actor: Actor, waitingId: string) =>
  maybeOne(actor, {
    name: 'decision-by',
    text: `select w.decided_at as at, 'staff' as kind, w.decider_id::text as "actorId", w.decider_name as "actorName", s.name
           from waiting_postings w left join staff s on s.reseller_id = $1 and s.id = w.decider_id
           where w.reseller_id = $1 and w.id = $2::uuid and w.decider_id is not null`,
    value: waitingId,
  })

const maybeCurrencyChange = (actor: Actor, currency: string) =>
  maybeOne(actor, {
    name: 'currency-by',
    text: `select p.at, ${PERSON}
           from (select * from audit_rows where reseller_id = $1 and event = 'reseller.changed' order by at desc, id desc limit 50) p ${STAFF}
           where exists (select from jsonb_array_elements_text(p.details->'changed') with ordinality as change (field, place)
                         where field = 'currency' and p.details->'after'->>(place - 1)::int = $2)
           order by p.at desc, p.id desc limit 1`,
    value: currency,
  })

async function maybeOne(
  { database, reseller }: Actor,
  { name, text, value }: { name: string; text: string; value: string },
): Promise<ChangeAuthor | null> {
  const { rows } = await database.pool.query<ChangeAuthor>({ name, text, values: [reseller.id, value] })
  return rows[0] ?? null
}
