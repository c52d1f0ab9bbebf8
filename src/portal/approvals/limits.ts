import type { Response } from 'express'
import { type Form, blankForm } from '../../forms/form.ts'
import { raisedInWords } from '../../ledger/raises/events.ts'
import { type Raise, findRaise } from '../../ledger/raises/raise.ts'
import { type MailOutcome, mailsAbout } from '../../mail/outcome.ts'
import type { Actor } from '../../people/actor.ts'
import { staffNames } from '../../staff/names.ts'
import { type Since, maybeSince } from '../../staff/since.ts'
import { page } from '../../web/page.ts'
import { formatsFor } from '../../words/format.ts'
import { type Sentence, t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'approvals/limits': {
      staffNames: Readonly<Record<string, string>>
      relatedMails: MailOutcome[]
      raise: RaiseCard
    }
  }
}

/** What a page shows of limits that are to be raised. */
export type RaiseCard = Raise['row'] &
  Pick<Raise, 'isOpen' | 'isOwn' | 'hindrance'> & {
    changes: Sentence[]
    /** Since when who decided it, or may, exists; null in a list. */
    approver: Since | null
    approval: Form
    rejection: Form
  }

pages.get('/approvals/limits/:id', async (req, res) => {
  await showRaise(res, await findRaise(req.actor, req.params.id), {})
})

/** One of them, with the form that came back, if one did. */
export async function showRaise(
  res: Response,
  raise: Raise,
  { approval, rejection }: { approval?: Form; rejection?: Form },
) {
  const { actor } = res.req
  const { row, isOpen, isOwn } = raise
  const approverId = isOpen ? (isOwn ? null : actor.id) : row.deciderId
  page(res, 'approvals/limits', {
    title: t('Higher limits'),
    form: approval ?? rejection ?? blankForm(),
    staffNames: await staffNames(actor),
    relatedMails: await mailsAbout(actor, row),
    raise: {
      ...raiseCard(actor, raise),
      approver: await maybeSince(actor, approverId),
      approval: approval ?? blankForm(),
      rejection: rejection ?? blankForm(),
    },
  })
}

/** What a page shows of it; blank forms, and nothing of the approver. */
export const raiseCard = (actor: Actor, { row, raised, isOpen, isOwn, hindrance }: Raise): RaiseCard => ({
  ...row,
  ...{ isOpen, isOwn, hindrance, approver: null, approval: blankForm(), rejection: blankForm() },
  changes: raisedInWords(raised, formatsFor(actor.reseller).money),
})
