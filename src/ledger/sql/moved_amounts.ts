import { kindsInSql } from '../kinds.ts'

const countedAs = (name: 'refilled' | 'deducted' | 'granted' | 'charged') =>
  kindsInSql(({ countsAs }) => countsAs === name)

/**
 * SQL for what an amount in minor units counts as, in the order refilled, deducted, granted, charged. `kind` is that of the posting, or
 * of the one that it reverses; `isReversal` says which.
 */
export const movedAs = ({ kind, amount, isReversal }: { kind: string; amount: string; isReversal: string }) =>
  ({
    refilled: `CASE WHEN ${kind} IN ${countedAs('refilled')} THEN ${amount} ELSE 0 END`,
    deducted: `CASE WHEN ${kind} IN ${countedAs('deducted')} THEN -${amount} ELSE 0 END`,
    granted: `CASE WHEN ${kind} IN ${countedAs('granted')} AND (${amount} > 0) <> (${isReversal}) THEN ${amount} ELSE 0 END`,
    charged: `CASE WHEN ${kind} IN ${countedAs('charged')} THEN -${amount} ELSE 0 END`,
  }) as const

const moved = movedAs({
  kind: 'coalesce(o.kind, p.kind)',
  amount: 'e.amount',
  isReversal: 'o.id IS NOT NULL',
})

/** The text of the function that says what each of a customer's postings counts as in the picture of the last twelve months. */
export const text = `-- What each posting of a customer counts as, and when: the kinds are those of src/ledger/kinds.ts. A reversal takes off, at the time of the
-- posting that it reverses, what that one counted as: then both count in no month.
CREATE OR REPLACE FUNCTION moved_amounts(the_reseller text, the_customer text) RETURNS TABLE (posting_id uuid, at timestamptz,
  refilled bigint, deducted bigint, granted bigint, charged bigint) LANGUAGE sql STABLE AS $$
  SELECT p.id, coalesce(o.posted_at, p.posted_at),
    ${Object.values(moved).join(',\n    ')}
  FROM postings p
  JOIN entries e ON e.reseller_id = the_reseller AND e.posting_id = p.id
  LEFT JOIN postings o ON o.reseller_id = the_reseller AND o.id = p.reverses_id
  WHERE p.reseller_id = the_reseller AND p.customer_id = the_customer
    AND coalesce(o.kind, p.kind) IN ${kindsInSql(({ countsAs }) => countsAs !== null)}
$$;
`
