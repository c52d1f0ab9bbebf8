import { form } from '../actions/form.ts'
import { searchTerms, textFits } from '../database/search-terms.ts'
import { COUNTED_MAX } from '../lists/statement.ts'
import { paths } from '../paths.ts'
import { allowed } from '../people/guards.ts'
import { ChangeTag } from '../tags/change.ts'
import { TagsQuery } from '../tags/forms.ts'
import { countTags, type CountedTag } from '../tags/tag.ts'
import { view } from '../web/flash.ts'
import { readListQuery } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { pages } from './pages.ts'
import { showTag } from './tags/edit.ts'

declare module '../web/page.ts' {
  interface Views {
    'tags/list': {
      q: string
      tags: CountedTag[]
      countedMax: number
      none: boolean
    }
  }
}

pages.get('/tags', allowed('customers.see'), async (req, res) => {
  const { query, ignored } = readListQuery(TagsQuery, req.query)
  const { q } = query
  const terms = searchTerms(q)
  const all = await countTags(req.actor)
  const found = all.filter(({ name }) => textFits([name], terms))
  page(res, 'tags/list', {
    ...{ title: t('Tags'), ignored, q, tags: found, countedMax: COUNTED_MAX },
    none: all.length === 0,
  })
})

form(pages, '/tags/:id', ChangeTag, {
  formAt: ({ params }) => paths.editTag({ id: String(params.id) }),
  show: (res, tag, change) => showTag(res, tag, { change }),
  next: (_res, _done, _tag, { name }) => ({
    back: paths.tags(),
    say: t('Saved tag {name}.', { name }),
    links: [view(paths.customers({ tag: name }))],
  }),
})
