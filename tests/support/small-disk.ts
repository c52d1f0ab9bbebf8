import { spawnSync } from 'node:child_process'
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** A disk of its own, in memory, that a test can fill to the last byte. */
export class SmallDisk {
  readonly folder: string
  readonly #ballast: string

  private constructor(folder: string) {
    this.folder = folder
    this.#ballast = path.join(folder, 'ballast')
  }

  /** Mounts one; where this account or machine may not, the reason. */
  static mount(megabytes: number): SmallDisk | { reason: string } {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-disk-'))
    const options = `size=${megabytes}m,mode=0755`
    const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], {
      encoding: 'utf8',
    })
    if (status === 0) return new SmallDisk(folder)
    rmdirSync(folder)
    return { reason: error?.message ?? stderr.trim() }
  }

  /** What is free, in bytes. */
  get free(): number {
    const { bavail, bsize } = statfsSync(this.folder)
    return bavail * bsize
  }

  /** Writes until nothing more goes in, or until only so many bytes are free. */
  fill({ leaving = 0 } = {}): void {
    const file = openSync(this.#ballast, 'a')
    try {
      for (let bytes = 1024 * 1024; bytes >= 1;) {
        try {
          writeSync(file, Buffer.alloc(bytes))
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
          bytes = Math.floor(bytes / 2)
        }
      }
      if (leaving > 0) ftruncateSync(file, fstatSync(file).size - leaving)
    } finally {
      closeSync(file)
    }
  }

  /** Gives free what fill() took. */
  makeRoom(): void {
    rmSync(this.#ballast, { force: true })
  }

  /** Takes it away, with everything on it, whoever still has it open. */
  unmount(): void {
    this.makeRoom()
    spawnSync('umount', ['--lazy', this.folder])
    rmdirSync(this.folder)
  }
}
