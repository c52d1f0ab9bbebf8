import { setTimeout as pause } from 'node:timers/promises'

/** Looks again and again until `look` finds something, and gives that; fails after `msMax`. For what happens in another process. */
export async function waitFor<Found>(
  look: () => Promise<Found | null | undefined | false> | Found | null | undefined | false,
  { msMax = 30_000, what = 'it' } = {},
): Promise<Found> {
  for (const givingUpAt = Date.now() + msMax; Date.now() < givingUpAt; await pause(25)) {
    const found = await look()
    if (found) return found
  }
  throw new Error(`Waited ${msMax} ms for ${what} in vain.`)
}
