import type { Request, Response } from 'express'
import { transaction } from '../database/client.ts'
import { isDatabaseAway } from '../database/failures.ts'
import { record } from '../events/record.ts'
import { services } from '../services.ts'
import { releasePageSlot } from '../web/page-slot.ts'
import { ProofNeeded, Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { fileSent } from './events.ts'
import type { FileToSend, Piece, Pieces } from './file.ts'
import { takeSlot } from './slots.ts'

/** A reader who takes nothing for so long has stalled: the connection to the database goes to somebody else. */
const STALLED_AFTER_MS = 10_000

/** A file with more rows than this asks for a proof of who takes it. */
export const ROWS_UNPROVEN_MAX = 1_000

/** However slowly a file is taken, this is its end. */
const FILE_MINUTES_MAX = 10

/**
 * Answers with a file. All files are sent by this function. They are read while they are sent, through a pool of their own with few
 * connections for each person, so that a slow reader never delays pages. `make` chooses the file, and may refuse.
 *
 * Until the first bytes are there, errors are answered as for any page. Later, the connection is cut without the last chunk, so that
 * nobody takes half a file for a whole one: if the reader stalls or leaves, after FILE_MINUTES_MAX, or if reading fails.
 *
 * A file with an event has two: its own, committed before the first byte, and `file.sent`, committed before the last one, with the
 * number of rows and whether they were all. If the process is killed in between, there is only the first.
 *
 * @throws 429 or 503, see takeSlot(); ProofNeeded, or 403 under a login-as session, for many rows where the last proof of who asks is too old, before
 * anything is recorded
 */
export async function sendFile(
  req: Request,
  res: Response,
  make: () => FileToSend | Promise<FileToSend>,
): Promise<void> {
  const giveBack = takeSlot(services(req).files, req.actor)
  // Pages of the same person do not wait for it.
  releasePageSlot(res)
  try {
    await send(req, res, await make())
  } finally {
    giveBack()
  }
}

async function send(req: Request, res: Response, file: FileToSend) {
  const reader = readerOf(res)
  try {
    const pieces = file.pieces(services(req).files)
    const isAsked = req.actor.lacksProof && req.method !== 'HEAD'
    await sendPieces(req, res, file, {
      reader,
      pieces: isAsked ? await fewRows(pieces, req.actor, reader) : pieces,
    })
  } finally {
    reader.leave()
  }
}

async function sendPieces(
  req: Request,
  res: Response,
  file: FileToSend,
  { reader, pieces }: { reader: Reader; pieces: Pieces },
) {
  const { log } = services(req)
  const isOnlyHead = req.method === 'HEAD'
  const events = isOnlyHead ? null : await noteBegun(req, file)
  let left = 0
  try {
    const first = isOnlyHead ? null : await pieces.next()
    res.attachment(file.name).type(file.type)
    for (let piece = first; piece && !piece.done; piece = await pieces.next()) {
      await reader.take(piece.value.bytes)
      left += piece.value.rows
    }
    await events?.noteLeft(left, { isWhole: true })
    res.end()
  } catch (error) {
    if (res.headersSent) cut(res)
    log.warn({ err: error, requestId: req.id, file: file.name, rows: left }, 'file ended early')
    const noted = events
      ?.noteLeft(left, { isWhole: false })
      .catch((lost: unknown) =>
        log.error({ err: lost, requestId: req.id }, 'could not record an incomplete file in the audit log'),
      )
    // A silent database may keep it for as long again as the file has waited for it.
    if (!isDatabaseAway(error)) await noted
    if (!res.headersSent) throw error
  } finally {
    await pieces.return()
  }
}

/**
 * The same pieces, read before any of them leaves, so that it is known that they are few. Of a file with many rows, what is read ends at
 * the first row too many, and of any where the reader has gone or the time is over.
 *
 * @throws ProofNeeded; 403 to staff who are logged in as a customer, where nothing asks
 */
async function fewRows(whole: Pieces, { standsInFor }: Request['actor'], reader: Reader): Promise<Pieces> {
  const read: Piece[] = []
  let rows = 0
  for await (const piece of whole) {
    reader.mustBeThere()
    rows += piece.rows
    if (rows > ROWS_UNPROVEN_MAX) throw standsInFor === null ? new ProofNeeded() : isForThePortal()
    read.push(piece)
  }
  return again(read)
}

const isForThePortal = () =>
  new Refusal(
    403,
    t(
      'This file has more than {max} rows. Download it in the portal, where you are asked for your password again.',
      { max: ROWS_UNPROVEN_MAX },
    ),
  )

async function* again(pieces: readonly Piece[]): Pieces {
  yield* pieces
}

/** The reader of the file. */
interface Reader {
  /** Resolves when the system has taken all of it; rejects when the reader has stalled or gone away, or the time is over. */
  take(bytes: Buffer | string): Promise<void>
  /** @throws where the reader has gone away, or the time is over */
  mustBeThere(): void
  leave(): void
}

function readerOf(res: Response): Reader {
  const gone = new AbortController()
  const end = (why: string) => gone.abort(new Error(why))
  const onClose = () => end('the client disconnected')
  res.once('close', onClose)
  const overall = setTimeout(end, FILE_MINUTES_MAX * 60_000, 'it timed out')
  return {
    take: (bytes) =>
      new Promise((resolve, reject) => {
        const stalled = setTimeout(end, STALLED_AFTER_MS, 'the client stopped reading')
        const over = () => reject(gone.signal.reason as Error)
        const settle = (how: () => void) => {
          clearTimeout(stalled)
          gone.signal.removeEventListener('abort', over)
          how()
        }
        if (gone.signal.aborted) return settle(over)
        gone.signal.addEventListener('abort', over)
        res.write(bytes, (error) => settle(error ? () => reject(error) : resolve))
      }),
    mustBeThere: () => gone.signal.throwIfAborted(),
    leave: () => {
      clearTimeout(overall)
      res.off('close', onClose)
    },
  }
}

/** Commits the file's event, if it has one; gives what notes how much of it left. */
async function noteBegun(req: Request, { name, event }: FileToSend) {
  if (!event) return null
  // Not the actor's own database, which may refuse to write.
  const on = services(req)
  const { actor } = req
  await transaction(on, (db) => record(db, actor, event.event, event.about))
  const { customer } = event.about as { customer?: { id: string } }
  let isNoted = false
  return {
    async noteLeft(rows: number, { isWhole }: { isWhole: boolean }) {
      if (isNoted) return
      isNoted = true
      const about = { file: name, rows, isWhole, ...(customer && { customer }) }
      await transaction(on, (db) => record(db, actor, fileSent, about))
    },
  }
}

/** Ends the connection so that nobody takes what has left for all: HTTP/1.0 has no chunks, and only a reset tells the reader there. */
function cut(res: Response) {
  const { socket, httpVersionMinor } = res.req
  if (httpVersionMinor === 0) socket.resetAndDestroy()
  else socket.destroy()
}
