/**
 * Gone, going, dropped or closed on us (25P03, 25P04: for a transaction that took too long), short of something (class 53, and 58030 for its
 * disk), only to be read (25006: a standby, or a service that does so where the disk is full), or too slow: see SLOW.
 */
const LOST_SQLSTATES = /^(08\w{3}|57P0[12345]|25P0[34]|25006|53\w{3}|58030|55P03|57014|40P01)$/
/** A lock (55P03) or a statement (57014) that took longer than we wait, or two that waited for each other (40P01). */
const SLOW = /^(55P03|57014|40P01)$/
const SHORTAGE = /^(53\w{3}|58030|25006)$/
const SHORTAGES: Readonly<Record<string, Shortage>> = {
  '53100': 'disk space',
  '53200': 'memory',
  '53300': 'connections',
  '58030': 'disk',
  '25006': 'writing',
}
const LOST_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  // So Prisma's adapter says what a socket died of, where nothing of Prisma's wraps it: beginning and ending a transaction.
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
])
const LOST_WORDS =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|terminating connection|the database system is (starting up|shutting down|in recovery|not yet accepting connections|not accepting connections)|Unable to start a transaction in the given time|Connection to database not available|The server does not support SSL connections|There was an error establishing an SSL connection|Client network socket disconnected before secure TLS connection|Can't reach database server/i

interface Failure {
  code?: unknown
  kind?: unknown
  message?: unknown
  cause?: unknown
  meta?: unknown
  originalCode?: unknown
  driverAdapterError?: unknown
}

/** The SQLSTATE or library code in an error, its cause, or what Prisma wrapped: they come in several shapes. */
function* codesOf(error: unknown, depth = 0): Generator<string> {
  if (typeof error !== 'object' || error === null || depth > 4) return
  const { code, kind, originalCode, cause, meta, driverAdapterError } = error as Failure
  if (typeof code === 'string') yield code
  if (typeof kind === 'string' && LOST_CODES.has(kind)) yield kind
  if (typeof originalCode === 'string') yield originalCode
  for (const inner of [cause, meta, driverAdapterError]) yield* codesOf(inner, depth + 1)
}

function* messagesOf(error: unknown, depth = 0): Generator<string> {
  if (typeof error !== 'object' || error === null || depth > 4) return
  const { message, cause, meta, driverAdapterError } = error as Failure
  if (typeof message === 'string') yield message
  for (const inner of [cause, meta, driverAdapterError]) yield* messagesOf(inner, depth + 1)
}

/** Whether the database could not be reached, went away, or is short of something: worth a 503 and another try, not a bug. */
export function isDatabaseLost(error: unknown): boolean {
  for (const code of codesOf(error)) if (isLostCode(code)) return true
  for (const message of messagesOf(error)) if (LOST_WORDS.test(message)) return true
  return false
}

/** Whether it is lost because there is nobody to be asked, as far as we know: not short of something, nor slow. */
export function isDatabaseAway(error: unknown): boolean {
  if (!isDatabaseLost(error) || shortageOf(error)) return false
  for (const code of codesOf(error)) if (SLOW.test(code)) return false
  return true
}

/** What the database is short of. */
export type Shortage = 'disk space' | 'disk' | 'writing' | 'memory' | 'connections' | 'resources'

/** What the database says it lacks to do what it was asked, or null where that is not why it failed. */
export function shortageOf(error: unknown): Shortage | null {
  for (const code of codesOf(error)) {
    if (SHORTAGE.test(code)) return SHORTAGES[code] ?? 'resources'
  }
  return null
}

/** The code by which an error counts as lost, or else the first one that it carries; undefined where it carries none. */
export function codeOf(error: unknown): string | undefined {
  const codes = [...codesOf(error)]
  return codes.find(isLostCode) ?? codes[0]
}

const isLostCode = (code: string) => LOST_SQLSTATES.test(code) || LOST_CODES.has(code)

/** Whether the database gave a statement up because it took longer than it may (SQLSTATE 57014). */
export function isStatementTimeout(error: unknown): boolean {
  for (const code of codesOf(error)) if (code === '57014') return true
  return false
}

/** Whether a unique constraint refused a row (SQLSTATE 23505, Prisma's P2002). */
export function isUniqueViolation(error: unknown): boolean {
  for (const code of codesOf(error)) if (code === '23505' || code === 'P2002') return true
  return false
}
