import { form } from '../../../actions/form.ts'
import { RejectRaise } from '../../../ledger/raises/decide.ts'
import { findRaise } from '../../../ledger/raises/raise.ts'
import { paths } from '../../../paths.ts'
import { t } from '../../../words/words.ts'
import { pages } from '../../pages.ts'
import { showRaise } from '../limits.ts'

form(pages, '/approvals/limits/:id/rejection', RejectRaise, {
  formAt: ({ params }) => paths.raise({ id: String(params.id) }),
  show: async (res, { row }, rejection) =>
    showRaise(res, await findRaise(res.req.actor, row.id), { rejection }),
  next: (_res, _done, { isOwn }) => ({
    back: paths.approvals(),
    say: isOwn
      ? t('Withdrawn. The limits are unchanged.')
      : t('Rejected. The limits are unchanged, and the Owner who requested them will get an e-mail.'),
  }),
})
