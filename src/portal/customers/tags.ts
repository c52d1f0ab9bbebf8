import type { Response } from 'express'
import { form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import type { CustomerWithTeam } from '../../people/customer.ts'
import { SetTags } from '../../tags/set.ts'
import { type ShownTag, listTags, tagKey, tagsOf } from '../../tags/tag.ts'
import { view } from '../../web/flash.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/tags': {
      customer: CustomerWithTeam
      form: Form
      options: { name: string; colour: string; isPicked: boolean }[]
    }
  }
}

form(pages, '/customers/:id/tags', SetTags, {
  blank: async ({ customer }, res) => {
    const tags = (await tagsOf(res.req.actor, customer)).map(({ name }) => name).join(', ')
    return blankForm({ tags, shown: tags })
  },
  show: (res, { customer }, form) => showTags(res, customer, form),
  next: (_res, { added, removed }, { customer }) => {
    const { email } = customer
    const back = paths.customer(customer)
    return added.length + removed.length === 0
      ? { back, say: t('No changes to the tags for {email}.', { email }) }
      : { back, say: t('Saved the tags for {email}.', { email }), links: [view(back)] }
  },
})

/** Takes apart what was typed: tags that exist are boxes with a tick, new ones are in the field. */
async function showTags(res: Response, customer: CustomerWithTeam, form: Form) {
  const known = await listTags(res.req.actor)
  const typed = (form.typed.tags ?? '').split(',').map((name) => name.trim())
  const names = new Set(known.map(({ name }) => name))
  const others = typed.filter((name) => name && !names.has(name))
  const keys = new Set(known.map(({ key }) => key))
  const isPicked = ({ name, key }: ShownTag) =>
    typed.includes(name) || others.some((other) => tagKey(other) === key)
  const fresh = others.filter((name) => !keys.has(tagKey(name)))
  page(res, 'customers/tags', {
    title: t('Set Tag'),
    customer,
    form: { ...form, typed: { ...form.typed, tags: fresh.join(', ') } },
    options: known.map((tag) => ({ name: tag.name, colour: tag.colour, isPicked: isPicked(tag) })),
  })
}
