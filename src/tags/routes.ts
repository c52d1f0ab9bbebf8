import { type Response, Router } from 'express'
import { type CustomerWithTeam, findCustomer } from '../customers/customer.ts'
import { textFits, searchTerms } from '../database/search-terms.ts'
import { paths } from '../paths.ts'
import { flash, view } from '../web/flash.ts'
import { type Form, blankForm, readListQuery, submit } from '../web/form.ts'
import { allowed } from '../people/guards.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { type Translate, t } from '../web/words.ts'
import type { Tag } from '../generated/prisma/client.ts'
import { COLOUR_NAMES, TAG_COLOURS } from './colours.ts'
import { MergerForm, TagForm, TagsForm, TagsQuery } from './forms.ts'
import { listTags, setTags, tagKey, tagsOf } from './tag.ts'
import { type CountedTag, changeTag, countTags, findTag, mergeTag, removeTag } from './vocabulary.ts'

/** Set Tag, for one customer. */
export const customerTags = Router()

customerTags.get('/:id/tags', allowed('customers.tag'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const worn = (await tagsOf(req.actor, customer)).map(({ name }) => name).join(', ')
  await showCustomerTags(res, customer, blankForm({ tags: worn, shown: worn }))
})

customerTags.post('/:id/tags', allowed('customers.tag'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const known = (await listTags(req.actor)).map(({ name }) => name)
  const form = await submit(TagsForm(known), req.body, ({ tags, shown }) =>
    setTags(req.actor, customer, { names: tags, shown }),
  )
  if (!form.ok) return showCustomerTags(res, customer, form)
  const { added, removed } = form.result
  const { email } = customer
  if (added.length + removed.length === 0) flash(res, t('No changes to the tags for {email}.', { email }))
  else
    flash(res, t('Saved the tags for {email}.', { email }), 'done', {
      links: [view(paths.customer(customer))],
    })
  goBack(res, paths.customer(customer))
})

/** What was typed is told apart again: known tags stand as boxes with a tick, new ones in the field. */
async function showCustomerTags(res: Response, customer: CustomerWithTeam, form: Form) {
  const known = await listTags(res.req.actor)
  const typed = (form.typed.tags ?? '').split(',').map((name) => name.trim())
  const names = new Set(known.map(({ name }) => name))
  const others = typed.filter((name) => name && !names.has(name))
  const keys = new Set(known.map(({ key }) => key))
  const isPicked = ({ name, key }: Tag) =>
    typed.includes(name) || others.some((other) => tagKey(other) === key)
  const fresh = others.filter((name) => !keys.has(tagKey(name)))
  page(res, 'tags/customer', {
    title: t('Set Tag'),
    customer,
    form: { ...form, typed: { ...form.typed, tags: fresh.join(', ') } },
    options: known.map((tag) => ({ name: tag.name, colour: tag.colour, isPicked: isPicked(tag) })),
  })
}

/** The reseller's tags. */
export const tags = Router()

tags.get('/', allowed('customers.see'), async (req, res) => {
  const { query, ignored } = readListQuery(TagsQuery, req.query)
  const { q } = query
  const terms = searchTerms(q)
  const all = await countTags(req.actor)
  const found = all.filter(({ name }) => textFits([name], terms))
  page(res, 'tags/list', { title: t('Tags'), ignored, q, tags: found, none: all.length === 0 })
})

tags.get('/:id/edit', allowed('customers.edit'), async (req, res) => {
  const tag = await findTag(req.actor, req.params.id)
  await showTag(res, tag, {})
})

tags.post('/:id', allowed('customers.edit'), async (req, res) => {
  const tag = await findTag(req.actor, req.params.id)
  const form = await submit(TagForm, req.body, (values) => changeTag(req.actor, tag, values))
  if (!form.ok) return showTag(res, tag, { change: form })
  const { name } = form.values
  flash(res, t('Saved tag {name}.', { name }), 'done', { links: [view(paths.customers({ tag: name }))] })
  goBack(res, paths.tags())
})

tags.post('/:id/merger', allowed('customers.edit'), async (req, res) => {
  const tag = await findTag(req.actor, req.params.id)
  const form = await submit(MergerForm, req.body, (values) => mergeTag(req.actor, tag, values))
  if (!form.ok) return showTag(res, tag, { merger: form })
  const { into, customers: count } = form.result
  flash(res, t('Merged {name} into {into}: {count} customers.', { name: tag.name, into, count }), 'done', {
    links: [view(paths.customers({ tag: into }))],
  })
  goBack(res, paths.tags())
})

tags.post('/:id/removal', allowed('customers.edit'), async (req, res) => {
  const tag = await findTag(req.actor, req.params.id)
  const count = await removeTag(req.actor, tag)
  flash(res, t('Removed tag {name} from {count} customers.', { name: tag.name, count }))
  goBack(res, paths.tags())
})

const toEdit = formIsAt((req) => paths.editTag({ id: String(req.params.id) }))
tags.get('/:id', toEdit)
tags.get('/:id/merger', toEdit)
tags.get('/:id/removal', toEdit)

/** The three things that can be done to a tag; the form that came back keeps what was typed. */
async function showTag(res: Response, tag: CountedTag, { change, merger }: { change?: Form; merger?: Form }) {
  const translate = res.locals.t as Translate
  const others = (await listTags(res.req.actor)).filter(({ id }) => id !== tag.id)
  const form = change ?? merger
  const { name, colour } = tag
  page(res, 'tags/edit', {
    title: t('Edit tag'),
    tag,
    ...(form && { form }),
    change: change ?? blankForm({ name, colour, seenName: name, seenColour: colour }),
    merger: merger ?? blankForm(),
    colours: TAG_COLOURS.map((value) => ({ value, label: translate(COLOUR_NAMES[value]) })),
    others: others.map(({ id, name }) => ({ value: id, label: name })),
  })
}
