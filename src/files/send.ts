import type { Request, Response } from 'express'
import { transaction } from '../database/client.ts'
import { record } from '../events/record.ts'
import { services } from '../services.ts'
import { releasePageSlot } from '../web/page-slot.ts'
import { ProofNeeded } from '../words/refusal.ts'
import { fileSent } from './events.ts'
import type { FileToSend, Piece, Pieces } from './file.ts'
import { takeSlot } from './slots.ts'

/** A reader who takes nothing for so long has stalled: the connection to the database goes to somebody else. */
const STALLED_AFTER_MS = 10_000

/** A file with more rows than this asks for a proof of who takes it. */
const ROWS_UNPROVEN_MAX = 1_000

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
 * @throws 429 or 503, see takeSlot(); ProofNeeded for many rows where the last proof of who asks is too old, before anything is recorded
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
  const { files, log } = services(req)
  const isOnlyHead = req.method === 'HEAD'
  const whole = file.pieces(files)
  const pieces = req.actor.lacksProof && !isOnlyHead ? await fewRows(whole) : whole
  const events = isOnlyHead ? null : await noteBegun(req, file)
  const reader = readerOf(res)
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
    await events
      ?.noteLeft(left, { isWhole: false })
      .catch((lost: unknown) =>
        log.error({ err: lost, requestId: req.id }, 'could not record an incomplete file in the audit log'),
      )
    if (!res.headersSent) throw error
  } finally {
    reader.leave()
    await pieces.return()
  }
}

/**
 * The same pieces, read before any of them leaves, so that it is known that they are few. Of a file with many rows, what is read ends at
 * the first row too many.
 *
 * @throws ProofNeeded
 */
async function fewRows(whole: Pieces): Promise<Pieces> {
  const read: Piece[] = []
  let rows = 0
  for await (const piece of whole) {
    rows += piece.rows
    if (rows > ROWS_UNPROVEN_MAX) throw new ProofNeeded()
    read.push(piece)
  }
  return again(read)
}

async function* again(pieces: readonly Piece[]): Pieces {
  yield* pieces
}

/** The reader of the file. */
interface Reader {
  /** Resolves when the system has taken all of it; rejects when the reader has stalled or gone away, or the time is over. */
  take(bytes: Buffer | string): Promise<void>
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
