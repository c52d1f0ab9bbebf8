import { generateSecret, generateURI, verifySync } from 'otplib'
import { currentTime } from '../database/clock.ts'

/** How long a code lasts, in seconds (RFC 6238, which every authenticator app takes without asking). */
const STEP_SECONDS = 30

/** A new secret, 160 bits in base32, as an authenticator app takes it. */
export const newTotpSecret = () => generateSecret({ length: 20 })

/**
 * The step of the code of six digits, counted since 1970, where it is this secret's: the present step, the one before or the one after, for
 * clocks that differ; null for any other. That a step counts once is up to the caller.
 */
export function maybeStepOf(secret: string, code: string, now = currentTime()): number | null {
  if (!isTotpCode(code)) return null
  const epoch = Math.floor(now.getTime() / 1000)
  const read = verifySync({ strategy: 'totp', secret, token: code, epoch, epochTolerance: STEP_SECONDS })
  return read.valid && 'timeStep' in read ? read.timeStep : null
}

/** Whether it looks like the code of an authenticator app. */
export const isTotpCode = (code: string) => /^\d{6}$/.test(code)

/** The QR code by which an authenticator app takes the secret, as SVG. `issuer` and `account`: what the app calls it. */
export async function totpImage(secret: string, { issuer, account }: { issuer: string; account: string }) {
  // Loaded with the first image, which few processes ever draw.
  const { default: QRCode } = await import('qrcode')
  return QRCode.toString(generateURI({ strategy: 'totp', issuer, label: account, secret }), { type: 'svg' })
}
