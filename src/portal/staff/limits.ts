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
import { type AskedRaise, readFreeRaises } from '../../ledger/raises/ask.ts'
import { listRaises } from '../../ledger/raises/raise.ts'
import { SetLimits } from '../../ledger/set-limits.ts'
import { paths } from '../../paths.ts'
import { roleName } from '../../people/roles.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { view } from '../../web/flash.ts'
import { page } from '../../web/page.ts'
import { formatsFor } from '../../words/format.ts'
import { t, type Sentence } from '../../words/words.ts'
import { type RaiseCard, raiseCard } from '../approvals/limits.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'staff/limits': {
      /** Whether higher limits count at once. */
      isFree: boolean
      /** Until when they do; null where that does not end, or is over. */
      freeUntil: Date | null
      raises: RaiseCard[]
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
  async next(res, { set, raise }, _roles, { limits }) {
    const to = paths.staffLimits()
    if (set.length === 0 && !raise) return { to, say: t('No changes.'), tone: 'attention' }
    if (raise) {
      return { to, say: saidOfRaise(res, raise), tone: 'attention', links: [view(paths.raise(raise))] }
    }
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

/** What becomes of the limits that were raised; what else was sent is saved. */
function saidOfRaise(res: Response, { takesEffectAt, isNew }: AskedRaise): Sentence {
  if (takesEffectAt) {
    const time = formatsFor(res.req.actor.reseller).dateTime(takesEffectAt)
    return isNew
      ? t(
          'No other Owner can approve higher limits, so they take effect on {time}. All Owners are notified, and can withdraw or reject them until then.',
          { time },
        )
      : t('The higher limits were already requested. They take effect on {time}.', { time })
  }
  return isNew
    ? t('The higher limits take effect when another Owner approves them.')
    : t('The higher limits were already requested. Another Owner must approve them.')
}

/** A form that comes back keeps what it had seen: a limit that was changed meanwhile is then a conflict. */
async function showLimits(res: Response, form: Form) {
  const { actor } = res.req
  const roles = await listLimits(actor)
  const alone = await listUnapprovable(actor)
  const free = await readFreeRaises(actor.database, actor.reseller.id)
  page(res, 'staff/limits', {
    title: t('Limits'),
    isFree: free.isFree,
    freeUntil: free.until,
    raises: (await listRaises(actor, 'waiting')).map((raise) => raiseCard(actor, raise)),
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
