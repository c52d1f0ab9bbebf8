import { RemoveFactor } from '../../../account/factors.ts'
import { form } from '../../../actions/form.ts'
import { showNoForm } from '../../../forms/form.ts'
import { paths } from '../../../paths.ts'
import { t } from '../../../words/words.ts'
import { factorPages } from '../../pages.ts'

form(factorPages, '/account/factors/:id/removal', RemoveFactor, {
  formAt: () => paths.ownFactors(),
  show: showNoForm,
  next: (_res, _done, { name }) => ({ to: paths.ownFactors(), say: t('Removed {name}.', { name }) }),
})
