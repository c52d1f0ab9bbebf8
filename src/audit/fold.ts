/** What makes two events equal beside who did what to whom: everything but the moment and where it came from. */
interface Foldable {
  event: string
  actorKind: string
  actorId: string | null
  actorName: string
  customerId: string | null
  forCustomerId: string | null
  afterResetBy: string | null
  details: unknown
}

/**
 * Equal events that stand next to each other, together: the same thing, done by the same person to the same customer. Keeps the order
 * of the rows; each group has at least one.
 */
export function foldEqual<Row>(rows: readonly Row[], factsOf: (row: Row) => Foldable): [Row, ...Row[]][] {
  const groups: [Row, ...Row[]][] = []
  let last: string | undefined
  for (const row of rows) {
    const key = keyOf(factsOf(row))
    if (key === last) groups.at(-1)?.push(row)
    else groups.push([row])
    last = key
  }
  return groups
}

function keyOf({ details, ...who }: Foldable): string {
  const { event, actorKind, actorId, actorName, customerId, forCustomerId, afterResetBy } = who
  // Until when the last of several tries shut the login says nothing of what was done.
  const what = { ...(details as object), until: undefined }
  return JSON.stringify([event, actorKind, actorId, actorName, customerId, forCustomerId, afterResetBy, what])
}
