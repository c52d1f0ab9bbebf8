// What Purser does without being asked, for tests that do it at a time of their own. A test has these from here and not from src, so that
// every statement of theirs is read (tests/setup/statements.ts).
import * as refused from '../../src/audit/refused-requests.ts'
import * as charges from '../../src/charges/import.ts'
import * as alerts from '../../src/ledger/alerts/mail.ts'
import * as approvals from '../../src/ledger/approvals/follow-up.ts'
import * as grants from '../../src/ledger/grants/expire.ts'
import * as raises from '../../src/ledger/raises/take-effect.ts'
import * as verification from '../../src/ledger/verification/verify.ts'
import * as loginAs from '../../src/login-as/validity.ts'
import * as forgotten from '../../src/people/forgotten-password.ts'
import * as notices from '../../src/people/login-notices.ts'
import * as sessions from '../../src/people/sessions.ts'
import * as rounds from '../../src/startup/rounds.ts'
import * as tags from '../../src/tags/search-rows.ts'
import { asked } from './asked.ts'

const seen =
  <Given extends unknown[], Result>(work: (...given: Given) => Result) =>
  (...given: Given): Result =>
    asked(() => work(...given))

export const startRounds = seen(rounds.startRounds)
export const endOverdueLoginAs = seen(loginAs.endOverdueLoginAs)
export const expireCredits = seen(grants.expireCredits)
export const expireWaiting = seen(approvals.expireWaiting)
export const mailApprovals = seen(approvals.mailApprovals)
export const makeRaises = seen(raises.makeRaises)
export const mailLowBalances = seen(alerts.mailLowBalances)
export const mailNewLogins = seen(notices.mailNewLogins)
export const tellRefused = seen(refused.tellRefused)
export const sweepSessions = seen(sessions.sweepSessions)
export const verifyLedger = seen(verification.verifyLedger)
export const followTag = seen(tags.followTag)
export const sendForgottenLink = seen(forgotten.sendForgottenLink)
export const sendForgottenCustomerLinks = seen(forgotten.sendForgottenCustomerLinks)
export const importCharges = seen(charges.importCharges)
