import type { Actor } from '../../people/actor.ts'
import type { Sentence } from '../../words/words.ts'
import { kindOf } from '../kinds.ts'
import { type Refused, refusalOf } from '../outcomes.ts'
import type { Waiting } from './waiting.ts'

/** What an approval looks at besides the waiting posting and its customer. */
interface Today {
  id: string
  /** What the maker is called; null where nobody has this id any more. */
  makerName: string | null
  makerPosts: boolean
  /** The most that the maker may post at once, in minor units; null: any amount. */
  entryMax: string | null
  /** Who has brought this reader and the maker in, see same_hand(); null where nobody has. */
  giver: 'maker' | 'decider' | 'third' | null
  giverName: string | null
  /** Of a reversal: whether what is undone has granted something whose time is over, and which expires before it is undone. */
  hasExpired: boolean
}

/**
 * Why each of these cannot be approved now, in the words with which it would be refused; null where it can, and where it is
 * decided already. One statement, however many there are. What is known only when it is booked is left to that: the maker's limit of 24
 * hours, another currency.
 */
export async function whyNotApprovedEach(
  actor: Actor,
  all: readonly Waiting[],
): Promise<(waiting: Waiting) => Sentence | null> {
  const open = all.filter(({ isOpen, isOwn }) => isOpen && !isOwn)
  if (open.length === 0) return () => null
  const asked = open.map(({ row, entered }) => ({
    id: row.id,
    maker: row.makerId,
    reverses: entered.undoes?.id ?? null,
    permission: kindOf(row.kind).permission,
  }))
  const { rows } = await actor.database.pool.query<Today>({
    name: 'approvals-today',
    text: `
      select asked.id, s.name as "makerName", coalesce(s.state = 'ON' and asked.permission = any (r.permissions), false) as "makerPosts",
             r.entry_max::text as "entryMax", hand.giver_name as "giverName",
             case when hand.giver is null then null when hand.giver = asked.maker then 'maker' when hand.giver = $3::uuid then 'decider' else 'third' end as giver,
             asked.reverses is not null and granted_has_expired($1, asked.reverses, now()) as "hasExpired"
      from jsonb_to_recordset($2::jsonb) as asked (id uuid, maker uuid, reverses uuid, permission text)
      left join staff s on s.reseller_id = $1 and s.id = asked.maker
      left join roles r on r.reseller_id = $1 and r.id = s.role_id
      left join lateral same_hand($1, asked.maker, $3::uuid, now()) hand on true`,
    values: [actor.reseller.id, JSON.stringify(asked), actor.id],
  })
  const todayOf = new Map(rows.map((row) => [row.id, row]))
  return (waiting) => {
    const today = todayOf.get(waiting.row.id)
    const answer = today && answerToday(waiting, today)
    const maker = today?.makerName ?? waiting.row.makerName
    return answer ? refusalOf(answer, { actor, kind: waiting.row.kind, maker }).sentence : null
  }
}

/** What post_to_ledger() would answer, in its order; null where none of this prevents it. */
function answerToday({ row, entered, ifPosted }: Waiting, today: Today): Refused | null {
  const { bookedSince, isNewer } = entered
  if (isNewer) return { outcome: 'newer' }
  if (today.giver) return { outcome: 'same_hand', giver: today.giver, name: today.giverName ?? '' }
  if (!today.makerPosts) return { outcome: 'may_not_post' }
  if (bookedSince) {
    const { id: duplicate, customerId } = bookedSince
    return { outcome: 'same_receipt', duplicate, customer: customerId, reference: '', email: '' }
  }
  // What is over expires before it is looked at what there is.
  const isShort = ifPosted.refusal?.outcome === 'short'
  if (today.hasExpired && (!ifPosted.refusal || isShort)) return { outcome: 'granted_expired' }
  if (ifPosted.refusal) return ifPosted.refusal
  const { entryMax } = today
  return entryMax !== null && row.amount > BigInt(entryMax)
    ? { outcome: 'above_entry_limit', limit: entryMax }
    : null
}
