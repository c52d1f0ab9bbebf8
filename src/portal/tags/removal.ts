import { form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import { RemoveTag } from '../../tags/remove.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import { showTag } from './edit.ts'

form(pages, '/tags/:id/removal', RemoveTag, {
  formAt: ({ params }) => paths.editTag({ id: String(params.id) }),
  show: (res, tag, removal) => showTag(res, tag, { removal }),
  next: (_res, count, { name }) => ({
    back: paths.tags(),
    say: t('Removed tag {name} from {count} customers.', { name, count }),
  }),
})
