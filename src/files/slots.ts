import type pg from 'pg'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

/** So many files at once leave one process for one person; and for all staff of a reseller, and all its customers. */
const FILES_MAX = { person: 2, resellersSide: 3 } as const

/** When to try again: a reader who stalls has lost the slot by then. Seconds. */
const TRY_AGAIN_SECONDS = 10

interface Slot {
  person: string
  /** Staff and customers of a reseller each have their own slots, so that customers cannot use up those of the staff. */
  side: string
}

/** Who is taking files from this process, by the pool that they are read from: there is a slot for each of its connections. */
const taken = new WeakMap<pg.Pool, Set<Slot>>()

/** Who asks for a file. */
interface Asker {
  kind: string
  id: string | null
  reseller: { id: string }
}

/**
 * Takes a slot for a file before a connection is taken for it. Returns the function that releases it.
 *
 * @throws 429 when this person, or this side of the reseller, has as many files under way as may be at once
 * @throws 503 when all connections for files are taken by others
 */
export function takeSlot(files: pg.Pool, { kind, id, reseller }: Asker): () => void {
  const slots = taken.get(files) ?? new Set()
  taken.set(files, slots)
  const slot = { person: `${kind} ${reseller.id} ${id}`, side: `${kind} ${reseller.id}` }
  const count = (part: keyof Slot) => [...slots].filter((other) => other[part] === slot[part]).length
  const facts = { retryAfterSeconds: TRY_AGAIN_SECONDS }
  if (count('person') >= FILES_MAX.person) {
    throw new Refusal(
      429,
      t('You are already downloading {count} files. Wait until one has finished, then try again.', {
        count: FILES_MAX.person,
      }),
      { title: t('Too many downloads'), facts },
    )
  }
  if (count('side') >= FILES_MAX.resellersSide) {
    throw new Refusal(
      429,
      t('Other people are already downloading {count} files. Try again in a moment.', {
        count: FILES_MAX.resellersSide,
      }),
      { title: t('Too many downloads'), facts },
    )
  }
  if (slots.size >= files.options.max) {
    throw new Refusal(503, t('Too many files are being downloaded right now. Try again in a moment.'), {
      facts,
    })
  }
  slots.add(slot)
  return () => slots.delete(slot)
}
