import type { NextFunction, Request, Response } from 'express'
import { type Shortage, isDatabaseLost, shortageOf } from '../database/failures.ts'
import { shortageBehind } from '../database/own-disk.ts'
import { services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import { rememberFailed } from './failed-pages.ts'
import { isForDialog, page } from './page.ts'
import { withoutSecrets } from './request-log.ts'
import { type WaysOn, waysOn } from './ways-on.ts'

declare module './page.ts' {
  interface Views {
    'errors/missing': { sentence: Sentence; waysOn: WaysOn }
    'errors/refused': { sentence: Sentence; waysOn: WaysOn }
    'errors/broken': {
      errorId: string
      waysOn: WaysOn
    }
  }
}

/** Whatever no room answered. */
export function missing(_req: Request, _res: Response, next: NextFunction) {
  next(new Refusal(404, t('This page does not exist.')))
}

/** Puts every failure into words: a refusal says its sentence, a lost database asks for patience, all else is a bug with an id. */
export function failures(error: unknown, req: Request, res: Response, next: NextFunction) {
  if (res.headersSent) return next(error)
  const { log } = services(req)
  if (res.locals.whenPageBreaks) return res.locals.whenPageBreaks(error)
  // Where the very page for a failure breaks, plain words have to do: a stack never leaves the house.
  res.locals.whenPageBreaks = (broken: unknown) => {
    log.error({ err: broken, requestId: req.id, method: req.method, path: withoutSecrets(req) }, 'bug')
    res.status(500).type('text').send(`Something went wrong. Error ID: ${req.id}.`)
  }
  if (error instanceof Refusal) {
    const { retryAfterSeconds } = error.facts
    if (typeof retryAfterSeconds === 'number') res.set('Retry-After', String(retryAfterSeconds))
    res.locals.permissionLacking = error.facts.permission
    return answer(res, error.status, error)
  }
  if (isDatabaseLost(error) && !isOwnReadOnly(error, req)) {
    log.warn({ err: error, requestId: req.id }, 'database connection lost')
    // The counts in the frame would not arrive.
    delete res.locals.frameFacts
    const shortage = shortageBehind(error, services(req).config)
    const { sentence, seconds } = shortage ? SHORT_OF[shortage] : AWAY
    res.set('Retry-After', String(seconds))
    return answer(res, 503, { sentence })
  }
  const status = clientMistake(error)
  if (status) return answer(res, status, MISTAKES[status] ?? UNREADABLE)
  log.error({ err: error, requestId: req.id, method: req.method, path: withoutSecrets(req) }, 'bug')
  res.status(500)
  page(res, 'errors/broken', {
    title: t('Something went wrong'),
    errorId: req.id,
    waysOn: waysFrom(res, 500),
  })
}

/** Whether it was refused because this request's own connections are READ ONLY: a page that writes on them is a bug. */
function isOwnReadOnly(error: unknown, req: Request): boolean {
  const { readOnlyDatabase, database } = services(req)
  const isReadOnly = database === readOnlyDatabase || req.actor?.database === readOnlyDatabase
  return isReadOnly && shortageOf(error) === 'writing'
}

/** What is said while the database cannot do what it is asked, and after how many seconds to try again. */
const AWAY = {
  sentence: t('The database cannot be reached right now. Nothing was lost. Try again in a few seconds.'),
  seconds: 5,
}
const SHORT_OF: Readonly<Record<Shortage, typeof AWAY>> = {
  'disk space': {
    sentence: t(
      'The database disk is full, so nothing can be saved. No changes were made. Tell your administrator, and try again once space has been freed.',
    ),
    seconds: 60,
  },
  disk: {
    sentence: t(
      'The database cannot read from or write to its disk. No changes were made. Tell your administrator, and try again later.',
    ),
    seconds: 60,
  },
  writing: {
    sentence: t(
      'The database is read-only right now. No changes were made. Tell your administrator, and try again later.',
    ),
    seconds: 30,
  },
  memory: {
    sentence: t('The database is out of memory. No changes were made. Try again in 30 seconds.'),
    seconds: 30,
  },
  connections: {
    sentence: t(
      'The database has no free connections right now. No changes were made. Try again in a few seconds.',
    ),
    seconds: 5,
  },
  resources: {
    sentence: t('The database has reached one of its limits. No changes were made. Try again in 30 seconds.'),
    seconds: 30,
  },
}

const UNREADABLE: Said = {
  title: t('Invalid request'),
  sentence: t('Your browser sent a request that could not be read. Go back and try again.'),
}
const MISTAKES: Record<number, Said> = {
  413: {
    title: t('Form too large'),
    sentence: t('This form is too large. Shorten what you entered and try again.'),
  },
}

/** body-parser and Express mark what the client did wrong by a 4xx status. */
function clientMistake(error: unknown): number | undefined {
  const status = (error as { status?: unknown })?.status
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined
}

/** What a page says that says nothing else, and what it is called: by its status where the title is missing. */
interface Said {
  sentence: Sentence
  title?: Sentence | undefined
}

function answer(res: Response, status: number, { sentence, title = TITLES[status] }: Said) {
  res.status(status)
  const { req } = res
  // What was sent must not be sent again by itself, and a dialog is no page to load again.
  if (status === 503 && req.method === 'GET') res.set('Refresh', String(RELOAD_SECONDS))
  const view = status === 404 ? 'errors/missing' : 'errors/refused'
  // A GET had nothing to save.
  const untitled = req.method === 'GET' ? t('Invalid request') : t('Not saved')
  page(res, view, { title: title ?? untitled, sentence, waysOn: waysFrom(res, status) })
}

/** See waysOn(). In a dialog nothing is left: the page that opened it stays. */
function waysFrom(res: Response, status: number): WaysOn {
  const ways = waysOn(res.req, status)
  if (!isForDialog(res.req)) rememberFailed(res, ways.back)
  return ways
}

/** A page that could not be shown for now is loaded again by itself after so long. */
const RELOAD_SECONDS = 5

const TITLES: Record<number, Sentence> = {
  403: t('Not allowed'),
  404: t('Not found'),
  409: t('Not possible right now'),
  429: t('Too many attempts'),
  503: t('Temporarily unavailable'),
}
