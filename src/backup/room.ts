import { statfsSync } from 'node:fs'

/** What a restore leaves of a disk, since others write there as well: a twentieth of it, and never more than this. Bytes. */
const LEFT_BYTES_MAX = 500_000_000

/**
 * A guess in good time, before the disk is full: what a backup says about its size may be wrong, or a lie.
 * @throws a sentence where so many bytes do not fit into the folder
 */
export function mustHaveRoom(folder: string, bytes: number): void {
  const { bavail, blocks, bsize } = statfsSync(folder)
  const free = Math.max(0, bavail * bsize - Math.min(LEFT_BYTES_MAX, (blocks * bsize) / 20))
  if (free >= bytes) return
  throw new Error(`The backup needs ${inMB(bytes)} MB in ${folder}, and only ${inMB(free)} MB is free.`)
}

const inMB = (bytes: number) => Math.ceil(bytes / 1_000_000)
