import { currentTime } from '../database/clock.ts'

/** Whether a temporary password is no longer good: from that moment on nobody logs in with it. Null is a password that lasts. */
export const isTemporaryOver = (passwordExpiresAt: Date | null, now = currentTime()): boolean =>
  passwordExpiresAt !== null && passwordExpiresAt <= now
