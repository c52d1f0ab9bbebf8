import { type Response, Router } from 'express'
import { textFits, searchTerms } from '../database/search-terms.ts'
import { linkToken } from '../people/one-time-link.ts'
import { paths } from '../paths.ts'
import { services } from '../services.ts'
import { absoluteAddress } from '../web/addresses.ts'
import { flash } from '../web/flash.ts'
import { type Form, blankForm, readListQuery, submit } from '../web/form.ts'
import { formatsFor } from '../web/format.ts'
import { allowed } from '../people/guards.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { t, wordsFor } from '../web/words.ts'
import {
  NewStaffForm,
  NothingToFillIn,
  RoleForm,
  StaffQuery,
  StaffReinstatementForm,
  StaffSuspensionForm,
} from './forms.ts'
import { addStaff, linkMails, renewLinks, takeStaffShowing } from './new-staff.ts'
import { limitsInWords, listLimits } from './limits.ts'
import { permissionSentence } from '../people/permissions.ts'
import { ROLE_IDS, ROLES, roleName } from '../people/roles.ts'
import {
  type StaffMember,
  changeRole,
  findStaffMember,
  listStaff,
  reinstateStaff,
  suspendStaff,
} from './staff.ts'

/** The people who work for the reseller: who they are, what they may do, whether they may log in. */
export const staff = Router()

staff.use(allowed('reseller.manage'))

staff.get('/', async (req, res) => {
  const { query, ignored } = readListQuery(StaffQuery, req.query)
  const { q } = query
  await showStaff(res, { added: blankForm(), q, ignored })
})

staff.post('/', async (req, res) => {
  const form = await submit(NewStaffForm, req.body, (values) => addStaff(req.actor, values))
  if (!form.ok) return showStaff(res, { added: form })
  const { id, copied } = form.result
  flash(
    res,
    t('Added {email}. An e-mail with a link to set a password is on its way.', { email: form.values.email }),
  )
  res.redirect(303, paths.staffLinkShown({ id }, copied))
})

staff.post('/:id/role', async (req, res) => {
  const member = await findStaffMember(req.actor, req.params.id)
  const form = await submit(RoleForm, req.body, (values) => changeRole(req.actor, member, values))
  if (!form.ok) return showStaff(res, { refused: { form, member } })
  const said = { email: member.email, role: roleName(form.values.role) }
  if (form.result) flash(res, t('{email} is now {role}.', said))
  else flash(res, t('No changes: {email} already has the role {role}.', said), 'attention')
  goBack(res, whereNext(req.actor.id, member))
})

staff.post('/:id/suspension', async (req, res) => {
  const member = await findStaffMember(req.actor, req.params.id)
  const form = await submit(StaffSuspensionForm, req.body, (values) =>
    suspendStaff(req.actor, member, values),
  )
  if (!form.ok) return showStaff(res, { refused: { form, member } })
  flash(res, t('{email} can no longer log in.', { email: member.email }))
  goBack(res, whereNext(req.actor.id, member))
})

staff.post('/:id/reinstatement', async (req, res) => {
  const member = await findStaffMember(req.actor, req.params.id)
  const form = await submit(StaffReinstatementForm, req.body, (values) =>
    reinstateStaff(req.actor, member, values),
  )
  if (!form.ok) return showStaff(res, { refused: { form, member } })
  flash(res, t('{email} can log in again.', { email: member.email }))
  goBack(res, paths.staff())
})

staff.post('/:id/link', async (req, res) => {
  const member = await findStaffMember(req.actor, req.params.id)
  const form = await submit(NothingToFillIn, {}, () => renewLinks(req.actor, member))
  if (!form.ok) return showStaff(res, { refused: { form, member } })
  flash(
    res,
    t('A new link is on its way to {email}. The previous link no longer works.', { email: member.email }),
  )
  res.redirect(303, paths.staffLinkShown(member, form.result))
})

staff.get('/:id/link/:linkId', async (req, res) => {
  const member = await findStaffMember(req.actor, req.params.id)
  // A HEAD shows nothing, and so must not take the one showing.
  const link =
    req.method === 'GET' ? await takeStaffShowing(req.actor, member, String(req.params.linkId)) : null
  const { config, keys } = services(req)
  page(res, 'staff/link', {
    title: t('Link to set a password'),
    member,
    mail: (await linkMails(req.actor, [member]))(member),
    link: link && {
      address: absoluteAddress(config, paths.setPassword(linkToken(keys, link))),
      expiresAt: link.expiresAt,
    },
  })
})

for (const deed of ['role', 'suspension', 'reinstatement', 'link']) {
  staff.get(
    `/:id/${deed}`,
    formIsAt(() => paths.staff()),
  )
}

/** The page with everybody; `refused` is a deed upon one of them that was not done. */
async function showStaff(
  res: Response,
  {
    added = blankForm(),
    refused,
    q = '',
    ignored = [],
  }: {
    added?: Form
    refused?: { form: Form; member: StaffMember }
    q?: string
    ignored?: readonly string[]
  },
) {
  const { actor } = res.req
  const formats = formatsFor(actor.reseller)
  const limitsOf = new Map((await listLimits(actor)).map((role) => [role.id, limitsInWords(role, formats)]))
  const terms = searchTerms(q)
  const words = wordsFor(actor.reseller.locale)
  const members = (await listStaff(actor)).filter(({ name, email, roleId }) =>
    textFits([name, email, words(roleName(roleId))], terms),
  )
  const mailOf = await linkMails(actor, members)
  page(res, 'staff/list', {
    title: t('Staff'),
    q,
    ignored,
    members: members.map((member) => ({ ...member, mail: mailOf(member) })),
    form: refused ? { ...added, status: refused.form.status } : added,
    refused: refused?.form ?? null,
    // A form in a row comes back as typed, in the row that it was sent from.
    formOf: ({ id }: { id: string }) => (refused?.member.id === id ? refused.form : blankForm()),
    roles: ROLE_IDS.map((id) => ({
      id,
      name: roleName(id),
      summary: ROLES[id].summary,
      permissions: ROLES[id].permissions.map(permissionSentence),
      limits: limitsOf.get(id) ?? [],
    })),
  })
}

/** Whoever has just taken away their own right to be here goes to the start instead. */
const whereNext = (actorId: string | null, { id }: Pick<StaffMember, 'id'>) =>
  id === actorId ? paths.customers() : paths.staff()
