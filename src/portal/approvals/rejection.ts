import { form } from '../../actions/form.ts'
import { RejectPosting } from '../../ledger/approvals/approve.ts'
import { findWaiting } from '../../ledger/approvals/waiting.ts'
import { paths } from '../../paths.ts'
import { t } from '../../words/words.ts'
import { factsOf, showApproval } from '../approvals.ts'
import { pages } from '../pages.ts'
import { saidOfWaiting } from '../posting-messages.ts'

form(pages, '/approvals/:id/rejection', RejectPosting, {
  formAt: ({ params }) => paths.approval({ id: String(params.id) }),
  show: async (res, { row }, rejection) =>
    showApproval(res, await findWaiting(res.req.actor, row.id), { rejection }),
  next: async (res, _done, waiting) => {
    const said = await factsOf(res.req, waiting)
    const sentence = waiting.isOwn
      ? t('Withdrawn: {amount}. Nothing was posted for {email}.', said)
      : t('Rejected: {amount}. Nothing was posted for {email}. {maker} will get an e-mail.', said)
    return { back: paths.approvals(), ...saidOfWaiting(res, waiting, sentence) }
  },
})
