import type { Response } from 'express'
import { form } from '../../actions/form.ts'
import { exampleAmount, filledIn } from '../../ledger/money.ts'
import {
  LIMIT_NAMES,
  limitField,
  limitsAsTyped,
  listLimits,
  listUnapprovable,
  shownLimits,
} from '../../ledger/role-limits.ts'
import { SetLimits } from '../../ledger/set-limits.ts'
import { paths } from '../../paths.ts'
import { roleName } from '../../people/roles.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t, type Sentence } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'staff/limits': {
      form: Form
      roles: {
        id: string
        name: Sentence
        alone: string[]
        fields: Record<string, string>
        current: Record<string, bigint | null>
      }[]
      example: string
    }
  }
}

form(pages, '/staff/limits', SetLimits, {
  blank: () => blankForm(),
  show: (res, _roles, form) => showLimits(res, form),
  async next(res, changed, _roles, { limits }) {
    const to = paths.staffLimits()
    if (changed.length === 0) return { to, say: t('No changes.'), tone: 'attention' }
    const alone = await listUnapprovable(res.req.actor)
    const people = [...limits].flatMap(([roleId, { approvalAbove }]) =>
      approvalAbove === null ? [] : (alone.get(roleId) ?? []),
    )
    if (people.length === 0) return { to, say: t('Saved the limits.') }
    return {
      to,
      say: t('Saved the limits. No one else can approve postings that {people} enters above the threshold.', {
        people,
      }),
      tone: 'attention',
    }
  },
})

/** A form that comes back keeps what it had seen: a limit that was changed meanwhile is then a conflict. */
async function showLimits(res: Response, form: Form) {
  const { actor } = res.req
  const roles = await listLimits(actor)
  const alone = await listUnapprovable(actor)
  page(res, 'staff/limits', {
    title: t('Limits'),
    form: {
      ...form,
      typed: {
        ...filledIn(limitsAsTyped(roles, actor.reseller.currencyScale)),
        ...form.typed,
        seen: form.typed.seen || shownLimits(roles),
      },
    },
    roles: roles.map(({ id, ...limits }) => ({
      id,
      name: roleName(id),
      alone: alone.get(id) ?? [],
      fields: Object.fromEntries(LIMIT_NAMES.map((name) => [name, limitField(id, name)])),
      current: Object.fromEntries(LIMIT_NAMES.map((name) => [name, limits[name]])),
    })),
    example: exampleAmount(actor.reseller),
  })
}
