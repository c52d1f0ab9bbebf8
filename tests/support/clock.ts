import { vi } from 'vitest'

/**
 * Lets time pass for Purser, which runs in this process; the database's own clock goes on as it was. A login as a customer cannot be
 * changed into an older one: the database refuses it.
 */
export function letPass(minutes: number) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 })
}

/** Sets the clock right again; call it after each test that lets time pass. */
export function setClockRight() {
  vi.useRealTimers()
}
