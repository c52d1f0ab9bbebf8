import type { Response } from 'express'
import { flash } from '../web/flash.ts'
import { t } from '../web/words.ts'
import { browserInWords } from './browser.ts'
import type { OwnSession } from './own-sessions.ts'

/** Sessions as sessions/_browsers shows them: this browser's first, then those used last. `here`: its digest; null where it is none of them. */
export function shownSessions(sessions: readonly OwnSession[], here: string | null) {
  return sessions
    .map((session) => ({
      ...session,
      browser: browserInWords(session.userAgent),
      isHere: session.id === here,
    }))
    .sort((a, b) => Number(b.isHere) - Number(a.isHere))
}

/** Says on the next page what became of one browser that was to be logged out: it had been already, or is now. */
export function flashOneEnded(res: Response, count: number) {
  if (count > 0) flash(res, t('The browser has been logged out.'))
  else flash(res, t('That browser was already logged out.'), 'attention')
}

/** The same of all browsers but this one. */
export function flashOthersEnded(res: Response, count: number) {
  if (count > 0) flash(res, t('{count} other browsers are logged out.', { count }))
  else flash(res, t('There was no other browser to log out.'), 'attention')
}
