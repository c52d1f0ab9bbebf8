import { form } from '../../actions/form.ts'
import { ApprovePosting } from '../../ledger/approvals/approve.ts'
import { findWaiting } from '../../ledger/approvals/waiting.ts'
import { kindOf } from '../../ledger/kinds.ts'
import { paths } from '../../paths.ts'
import type { Actor } from '../../people/actor.ts'
import { staffNames } from '../../staff/names.ts'
import { formatsFor } from '../../words/format.ts'
import { type Sentence, t } from '../../words/words.ts'
import { factsOf, showApproval } from '../approvals.ts'
import { pages } from '../pages.ts'
import { saidOf, withSumsAfter } from '../posting-messages.ts'

form(pages, '/approvals/:id/approval', ApprovePosting, {
  formAt: ({ params }) => paths.approval({ id: String(params.id) }),
  show: async (res, { row }, approval) =>
    showApproval(res, await findWaiting(res.req.actor, row.id), { approval }),
  next: async (res, booked, waiting) => {
    const said = await factsOf(res.req, waiting)
    const sentence = booked.fresh
      ? t('Approved and posted {amount} for {email}, entered by {maker}.', said)
      : await approvedBefore(res.req.actor, waiting.row)
    const canReverse = kindOf(waiting.row.kind).isReversible
    return {
      back: paths.approvals(),
      ...saidOf(res, waiting.customer, booked, withSumsAfter(res, sentence, booked.moves), { canReverse }),
    }
  },
})

/** That it was approved before, by whom and when. */
async function approvedBefore(actor: Actor, { id }: { id: string }): Promise<Sentence> {
  const { deciderName, decidedAt } = (await findWaiting(actor, id)).row
  if (!deciderName || !decidedAt) return t('This was already approved and posted.')
  const person = (await staffNames(actor))[deciderName] ?? deciderName
  const time = formatsFor(actor.reseller).dateTime(decidedAt)
  return t('This was already approved and posted by {person}, {time}.', { person, time })
}
