import { type Request, type Response, Router } from 'express'
import { PlaceQuery } from '../database/newest-first.ts'
import { COUNTED_MAX } from '../database/counted.ts'
import { pageOrStopped } from '../database/search.ts'
import type { Invite } from '../generated/prisma/client.ts'
import { mailsAbout, newestMails } from '../mail/outcome.ts'
import { paths } from '../paths.ts'
import { services } from '../services.ts'
import { may } from '../people/actor.ts'
import { ownLimits } from '../ledger/limits.ts'
import { exampleAmount } from '../ledger/money.ts'
import { flash, view } from '../web/flash.ts'
import { type Form, blankForm, readListQuery, submit } from '../web/form.ts'
import { staffNames } from '../staff/names.ts'
import { allowed } from '../people/guards.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { type Sentence, t } from '../web/words.ts'
import { DAYS_USUAL, InviteForm, NothingToFillIn, RegenerationForm } from './forms.ts'
import {
  findInvite,
  makeInvite,
  maybeResellerLink,
  newInviteKey,
  regenerateInvite,
  resendInvite,
  revokeInvite,
  whyNotRegenerated,
  whyNotResent,
  whyNotRevoked,
} from './invite.ts'
import { InvitesQuery, listArrivals, listInvites, maybeCountInvites } from './list.ts'
import { INVITE_STATES, inviteAddress, stateOf } from './token.ts'

/** Invites: the reseller's own link, and those that staff make. Support sees them too and may send them again, but sees no link. */
export const invites = Router()

invites.get('/', allowed('mails.resend'), async (req, res) => {
  await showInvites(req, res, {})
})

invites.post('/', allowed('customers.edit'), async (req, res) => {
  const form = await submit(InviteForm(req.actor.reseller), req.body, (values) =>
    makeInvite(req.actor, values),
  )
  if (!form.ok) return showInvites(req, res, { made: form })
  const { invite, isNew } = form.result
  const { email } = invite
  const links = [view(paths.invite(invite))]
  if (!isNew) flash(res, t('This invite was already created.'), 'attention', { links })
  else if (email)
    flash(
      res,
      t('Invite created. An e-mail is on its way to {email}. You can also copy the link below.', { email }),
      'done',
      { links },
    )
  else flash(res, t('Invite created. Copy its link below.'), 'done', { links })
  res.redirect(303, `${paths.invites()}#invite-${invite.id}`)
})

invites.get('/:id', allowed('mails.resend'), async (req, res) => {
  const invite = await findInvite(req.actor, req.params.id)
  const { query, ignored } = readListQuery(PlaceQuery, req.query)
  const { rows, before, after } = await listArrivals(req.actor, invite, query)
  page(res, 'invites/details', {
    title: titleOf(invite),
    told: await mailsAbout(req.actor, invite),
    staffNames: await staffNames(req.actor),
    invite: { ...withAddress(req, invite), state: stateOf(invite) },
    // What never was for an address says nothing of sending.
    hindrance: invite.email ? whyNotResent(invite) : null,
    ignored,
    arrivals: rows,
    pager: {
      newer: before && paths.invite(invite, { before }),
      older: after && paths.invite(invite, { after }),
    },
  })
})

invites.get('/:id/regeneration', allowed('customers.edit'), async (req, res) => {
  showRegeneration(res, await findInvite(req.actor, req.params.id), blankForm())
})

invites.post('/:id/regeneration', allowed('customers.edit'), async (req, res) => {
  const invite = await findInvite(req.actor, req.params.id)
  const form = await submit(RegenerationForm, req.body, ({ generation }) =>
    regenerateInvite(req.actor, invite, generation),
  )
  if (!form.ok) return showRegeneration(res, invite, form)
  flash(res, t('Link regenerated. The previous link no longer works.'), 'done', {
    links: [view(paths.invite(invite))],
  })
  goBack(res, `${paths.invites()}#invite-${invite.id}`)
})

invites.get('/:id/revocation', allowed('customers.edit'), async (req, res) => {
  showRevocation(res, await findInvite(req.actor, req.params.id), blankForm())
})

invites.post('/:id/revocation', allowed('customers.edit'), async (req, res) => {
  const invite = await findInvite(req.actor, req.params.id)
  const form = await submit(NothingToFillIn, {}, () => revokeInvite(req.actor, invite))
  if (!form.ok) return showRevocation(res, invite, form)
  flash(res, t('Invite revoked. Its link no longer works.'), 'done', { links: [view(paths.invite(invite))] })
  goBack(res, paths.invites())
})

invites.post('/:id/resend', allowed('mails.resend'), async (req, res) => {
  const invite = await findInvite(req.actor, req.params.id)
  const form = await submit(NothingToFillIn, {}, () => resendInvite(req.actor, invite))
  if (!form.ok) return showInvites(req, res, { refused: form })
  const email = invite.email ?? ''
  const links = [view(paths.invite(invite))]
  if (form.result) flash(res, t('The invite is on its way to {email} again.', { email }), 'done', { links })
  else
    flash(
      res,
      t('An e-mail was sent to {email} a moment ago, so no other e-mail was sent.', { email }),
      'attention',
    )
  goBack(res, paths.invites())
})

invites.get(
  '/:id/resend',
  formIsAt(() => paths.invites()),
)

/** Why it was not done; a form that is only shown again can still be sent. */
const refusalOf = ({ status, refusal }: Form) => (status === 409 ? refusal : undefined)

/** Asks whether a new link is really meant; a refusal takes the question's place. */
function showRegeneration(res: Response, invite: Invite, form: Form) {
  page(res, 'invites/regeneration', {
    title: t('Regenerate link'),
    invite: { ...invite, name: titleOf(invite) },
    hindrance: refusalOf(form) ?? whyNotRegenerated(invite),
    form,
  })
}

/** Asks whether revoking is really meant; a refusal takes the question's place. */
function showRevocation(res: Response, invite: Invite, form: Form) {
  page(res, 'invites/revocation', {
    title: t('Revoke invite'),
    invite: { ...invite, name: titleOf(invite) },
    hindrance: refusalOf(form) ?? whyNotRevoked(invite),
    form,
  })
}

function titleOf({ staffId, kind, email }: Invite): Sentence {
  if (!staffId) return t('Open invite link')
  if (email) return t('Invite for {email}', { email })
  return kind === 'single' ? t('Single invite') : t('Reusable invite')
}

/** With its link, for who may invite: nobody else is shown one. */
function withAddress<Listed extends { resellerId: string; id: string; generation: number }>(
  req: Request,
  invite: Listed,
) {
  const address = may(req.actor, 'customers.edit') ? inviteAddress(services(req), invite) : null
  return { ...invite, address }
}

/** The page, with the form for a new one as it came back, or with the refusal of a deed upon one that is there. */
async function showInvites(
  req: Request,
  res: Response,
  { made = blankForm(), refused = null }: { made?: Form; refused?: Form | null },
) {
  const { actor } = req
  const { query, ignored } = readListQuery(InvitesQuery, req.query)
  const { rows, before, after, stopped } = await pageOrStopped(listInvites(actor, query))
  const isAll = !before && !after
  const own = await maybeResellerLink(actor)
  const ids = rows.filter(({ email }) => email).map(({ id }) => id)
  const mailOf = await newestMails(actor, { of: 'about', ids, templates: ['invite'] })
  page(res, 'invites/list', {
    title: t('Invites'),
    ignored,
    count: isAll || stopped ? rows.length : await maybeCountInvites(actor, query),
    countedMax: COUNTED_MAX,
    own: own && { ...withAddress(req, own), state: stateOf(own) },
    query,
    staffNames: await staffNames(actor),
    states: INVITE_STATES,
    stopped,
    invites: rows.map((invite) => ({ ...withAddress(req, invite), mail: mailOf(invite.id, 'invite') })),
    pager: {
      newer: before && paths.invites({ ...query, after: '', before }),
      older: after && paths.invites({ ...query, before: '', after }),
    },
    form: refused ? { ...made, status: refused.status } : made,
    refused,
    key: made.typed.idempotencyKey ?? newInviteKey(),
    days: DAYS_USUAL,
    limits: may(actor, 'money.post') ? await ownLimits(actor) : [],
    example: exampleAmount(actor.reseller),
  })
}
