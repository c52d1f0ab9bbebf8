import { type Response, Router } from 'express'
import { exampleAmount, filledIn } from '../ledger/money.ts'
import { paths } from '../paths.ts'
import { flash } from '../web/flash.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { allowed } from '../people/guards.ts'
import { page } from '../web/page.ts'
import { t } from '../web/words.ts'
import { LimitsForm } from './forms.ts'
import {
  LIMIT_NAMES,
  limitField,
  limitsAsTyped,
  listLimits,
  listUnapprovable,
  setLimits,
  shownLimits,
} from './limits.ts'
import { roleName } from '../people/roles.ts'

/** How much the people of each role may move, and above what a second one decides. */
export const limits = Router()

limits.get('/limits', allowed('reseller.manage'), async (_req, res) => {
  await showLimits(res, blankForm())
})

limits.post('/limits', allowed('reseller.manage'), async (req, res) => {
  const { actor } = req
  const roles = await listLimits(actor)
  const schema = LimitsForm(
    actor.reseller,
    roles.map(({ id }) => id),
  )
  const form = await submit(schema, req.body, (values) => setLimits(actor, values))
  if (!form.ok) return showLimits(res, form)
  const alone = await listUnapprovable(actor)
  const inVain = [...form.values.limits].flatMap(([roleId, { approvalAbove }]) =>
    approvalAbove === null ? [] : (alone.get(roleId) ?? []),
  )
  if (form.result.length === 0) flash(res, t('No changes.'), 'attention')
  else if (inVain.length > 0)
    flash(
      res,
      t('Saved the limits. No one else can approve postings that {people} enters above the threshold.', {
        people: inVain,
      }),
      'attention',
    )
  else flash(res, t('Saved the limits.'))
  res.redirect(303, paths.staffLimits())
})

/** `seen` is always what this page shows, so that a second sending has seen it. */
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
        seen: shownLimits(roles),
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
