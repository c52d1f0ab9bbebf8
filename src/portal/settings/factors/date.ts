import { form } from '../../../actions/form.ts'
import { paths } from '../../../paths.ts'
import { MoveFactorDate } from '../../../resellers/factor-roles.ts'
import { formatsFor } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import { pages } from '../../pages.ts'
import { showDateRefused } from '../factors.ts'

form(pages, '/settings/factors/date', MoveFactorDate, {
  formAt: () => paths.settingsFactors(),
  show: (res, _none, refused) => showDateRefused(res, refused),
  next: (res, to) => ({
    to: paths.settingsFactors(),
    say: t('Second factors are required from {date} on.', {
      date: formatsFor(res.req.actor.reseller).dateTime(to),
    }),
  }),
})
