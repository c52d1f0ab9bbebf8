import type { Response } from 'express'
import { asks } from '../../actions/form.ts'
import { ChangeTag } from '../../tags/change.ts'
import { COLOUR_NAMES, TAG_COLOURS } from '../../tags/colours.ts'
import { type CountedTag, listTags } from '../../tags/tag.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { type Translate, t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'tags/edit': {
      change: Form
      merger: Form
      colours: readonly Option[]
      others: readonly Option[]
      tag: CountedTag
    }
  }
}

asks(pages, '/tags/:id/edit', ChangeTag, (res, tag) => showTag(res, tag, {}))

/** The three forms of a tag. The one that comes back keeps what was typed; what is wrong with a removal is shown at the first. */
export async function showTag(
  res: Response,
  tag: CountedTag,
  { change, merger, removal }: { change?: Form; merger?: Form; removal?: Form },
) {
  const translate = res.locals.t as Translate
  const others = (await listTags(res.req.actor)).filter(({ id }) => id !== tag.id)
  const form = change ?? merger ?? removal
  const { name, colour } = tag
  const blank = blankForm({ name, colour, seenName: name, seenColour: colour })
  page(res, 'tags/edit', {
    title: t('Edit tag'),
    tag,
    ...(form && { form }),
    change: change ?? { ...blank, ...removal, typed: blank.typed },
    merger: merger ?? blankForm(),
    colours: TAG_COLOURS.map((value) => ({ value, label: translate(COLOUR_NAMES[value]) })),
    others: others.map(({ id, name }) => ({ value: id, label: name })),
  })
}
