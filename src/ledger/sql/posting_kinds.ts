import { kindOf, KINDS } from '../kinds.ts'

const written = (fact: string | number | boolean | null) =>
  typeof fact === 'string' ? `'${fact}'` : String(fact)

const rows = KINDS.map((kind) => {
  const { moves, sign, accounts, permission, isLimited, isReversible, event } = kindOf(kind)
  const facts = [
    kind,
    moves,
    sign,
    `{${accounts.join(',')}}`,
    permission,
    isLimited,
    isReversible,
    event.name,
  ]
  return `    (${facts.map(written).join(', ')})`
})

/** The text of the function that gives the table of kinds to the other functions. PostgreSQL puts its rows into their statements. */
export const text = `-- What is true of every posting of a kind: the table in src/ledger/kinds.ts.
CREATE OR REPLACE FUNCTION posting_kinds() RETURNS TABLE (kind text, moves text, sign integer, accounts account[], permission text,
  is_limited boolean, is_reversible boolean, event text) LANGUAGE sql IMMUTABLE AS $$
  SELECT k.kind, k.moves, k.sign::integer, k.accounts::account[], k.permission::text, k.is_limited, k.is_reversible, k.event FROM (VALUES
${rows.join(',\n')}
  ) AS k (kind, moves, sign, accounts, permission, is_limited, is_reversible, event)
$$;
`
