import type { Response } from 'express'
import { form } from '../../actions/form.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { paths } from '../../paths.ts'
import { FACTOR_DAYS_FIRST } from '../../people/required-factor.ts'
import { roleName } from '../../people/roles.ts'
import {
  ChooseFactorRoles,
  FACTOR_DATE_DAYS,
  findRequiredFactors,
  movedFactorDate,
  type RequiredFactors,
  rolesAsTyped,
  shownRoles,
} from '../../resellers/factor-roles.ts'
import { page } from '../../web/page.ts'
import { type Sentence, t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'settings/factors': Omit<RequiredFactors, 'roles'> & {
      form: Form
      roles: { id: string; name: Sentence }[]
      /** By so many days the date can be moved. */
      days: number
      /** The date that it is then; null where there is none. */
      to: Date | null
      /** So many are given where nothing was required so far. */
      firstDays: number
    }
  }
}

form(pages, '/settings/factors', ChooseFactorRoles, {
  blank: ({ roles }) => blankForm({ ...rolesAsTyped(roles), seen: shownRoles(roles) }),
  show: (res, _rule, form) => showRequiredFactors(res, form),
  next: (_res, isChanged) => ({
    to: paths.settingsFactors(),
    say: isChanged ? t('Saved which roles require a second factor.') : t('No changes.'),
  }),
})

/** `form`: of the roles. */
async function showRequiredFactors(res: Response, form: Form) {
  const { roles, ...rule } = await findRequiredFactors(res.req.actor)
  page(res, 'settings/factors', {
    title: t('Required second factors'),
    ...rule,
    form,
    roles: roles.map(({ id }) => ({ id, name: roleName(id) })),
    days: FACTOR_DATE_DAYS,
    to: rule.from && movedFactorDate(rule.from),
    firstDays: FACTOR_DAYS_FIRST,
  })
}

/** The same page, with why the date is not moved. */
export async function showDateRefused(res: Response, { typed: _none, ...refused }: Form) {
  const { roles } = await findRequiredFactors(res.req.actor)
  await showRequiredFactors(res, { ...refused, typed: { ...rolesAsTyped(roles), seen: shownRoles(roles) } })
}
