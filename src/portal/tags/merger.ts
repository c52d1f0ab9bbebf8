import { form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import { MergeTags } from '../../tags/merge.ts'
import { view } from '../../web/flash.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import { showTag } from './edit.ts'

form(pages, '/tags/:id/merger', MergeTags, {
  formAt: ({ params }) => paths.editTag({ id: String(params.id) }),
  show: (res, tag, merger) => showTag(res, tag, { merger }),
  next: (_res, { into, customers: count }, { name }) => ({
    back: paths.tags(),
    say: t('Merged {name} into {into}: {count} customers.', { name, into, count }),
    links: [view(paths.customers({ tag: into }))],
  }),
})
