import { form } from '../../../actions/form.ts'
import { ApproveRaise } from '../../../ledger/raises/decide.ts'
import { findRaise } from '../../../ledger/raises/raise.ts'
import { paths } from '../../../paths.ts'
import { t } from '../../../words/words.ts'
import { pages } from '../../pages.ts'
import { showRaise } from '../limits.ts'

form(pages, '/approvals/limits/:id/approval', ApproveRaise, {
  formAt: ({ params }) => paths.raise({ id: String(params.id) }),
  show: async (res, { row }, approval) =>
    showRaise(res, await findRaise(res.req.actor, row.id), { approval }),
  next: () => ({ back: paths.approvals(), say: t('Approved. The higher limits are set.') }),
})
