import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import { form } from '../actions/form.ts'
import type { Invite } from '../generated/prisma/client.ts'
import { CreateInvite } from '../invites/create.ts'
import { DAYS_USUAL } from '../invites/forms.ts'
import { findInvite, maybeResellerLink } from '../invites/invite.ts'
import { InvitesQuery, arrivals, invites, type Arrival, type ListedInvite } from '../invites/list.ts'
import { offeredWith } from '../invites/offered.ts'
import { whyNotResent } from '../invites/resend.ts'
import {
  INVITE_STATES,
  inviteAddress,
  stateOf,
  type InviteFacts,
  type InviteState,
} from '../invites/token.ts'
import { mayPost } from '../ledger/kinds.ts'
import { ownLimits } from '../ledger/limits.ts'
import { exampleAmount } from '../ledger/money.ts'
import { mailsAbout, newestMails, type MailOutcome } from '../mail/outcome.ts'
import { readPage } from '../lists/page.ts'
import { type Shown, pagerOf, showList } from '../lists/shown.ts'
import { paths } from '../paths.ts'
import { may } from '../people/actor.ts'
import { services } from '../services.ts'
import { staffNames } from '../staff/names.ts'
import { view } from '../web/flash.ts'
import { type Form, blankForm, readListQuery } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { CursorQuery } from '../forms/cursor-query.ts'
import { type Sentence, t } from '../words/words.ts'
import type { SpokenLimit } from '../ledger/role-limits.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'invites/details': {
      relatedMails: MailOutcome[]
      staffNames: Readonly<Record<string, string>>
      invite: Invite & Offered & { state: InviteState }
      hindrance: Sentence | null
      arrivals: Arrival[]
      pager: Pager
    }
    'invites/list': Omit<Shown<never>, 'rows'> & {
      own: (Invite & Offered & { state: InviteState }) | null
      query: InvitesQuery
      staffNames: Readonly<Record<string, string>>
      states: readonly InviteState[]
      invites: (ListedInvite & Offered & { mail: MailOutcome | null })[]
      form: Form
      refused: Form | null
      key: string
      days: typeof DAYS_USUAL
      limits: SpokenLimit[]
      example: string
    }
  }
}

// Who may only send invites again sees them too, but no link.
pages.get('/invites', (_req, res) => showInvites(res, {}))

form(pages, '/invites', CreateInvite, {
  show: (res, _none, made) => showInvites(res, { made }),
  next: (_res, { invite, isNew }) => {
    const { email } = invite
    const done = { to: `${paths.invites()}#invite-${invite.id}`, links: [view(paths.invite(invite))] }
    if (!isNew) return { ...done, say: t('This invite was already created.'), tone: 'attention' }
    return {
      ...done,
      say: email
        ? t('Invite created. An e-mail is on its way to {email}. You can also copy the link below.', {
            email,
          })
        : t('Invite created. Copy its link below.'),
    }
  },
})

pages.get('/invites/:id', async (req, res) => {
  const invite = await findInvite(req.actor, req.params.id)
  const { query, ignored } = readListQuery(CursorQuery, req.query)
  const listed = await readPage(arrivals, { actor: req.actor, of: invite, query })
  page(res, 'invites/details', {
    title: titleOf(invite),
    relatedMails: await mailsAbout(req.actor, invite),
    staffNames: await staffNames(req.actor),
    invite: { ...invite, ...offered(req, invite), state: stateOf(invite) },
    // What never was for an address says nothing of sending.
    hindrance: invite.email ? whyNotResent(invite) : null,
    ignored,
    arrivals: listed.rows,
    pager: pagerOf(listed, query, (place) => paths.invite(invite, place)),
  })
})

/** Why it was not done; a form that is only shown again can still be sent. */
export const refusalOf = ({ status, refusal }: Form) => (status === 409 ? refusal : undefined)

/** What an invite is called. */
export function titleOf({ staffId, kind, email }: Invite): Sentence {
  if (!staffId) return t('Open invite link')
  if (email) return t('Invite for {email}', { email })
  return kind === 'single' ? t('Single invite') : t('Reusable invite')
}

/** What this reader can do with an invite; the link itself while it is open, for who may invite: nobody else is shown one. */
function offered(req: Request, invite: InviteFacts & Parameters<typeof inviteAddress>[1]) {
  const isShown = may(req.actor, 'customers.edit') && stateOf(invite) === 'open'
  return {
    ...offeredWith(req.actor, invite),
    address: isShown ? inviteAddress(services(req), invite) : null,
  }
}
type Offered = ReturnType<typeof offered>

/** The page, with the form for a new one as it came back, or with the refusal of an action upon one that is there. */
export async function showInvites(
  res: Response,
  { made = blankForm(), refused = null }: { made?: Form; refused?: Form | null },
) {
  const { req } = res
  const { actor } = req
  const { query, ignored } = readListQuery(InvitesQuery, req.query)
  const { rows, ...listed } = await showList(invites, { actor, of: null, query }, (place) =>
    paths.invites({ ...query, after: '', before: '', ...place }),
  )
  const own = await maybeResellerLink(actor)
  const ids = rows.filter(({ email }) => email).map(({ id }) => id)
  const mailOf = await newestMails(actor, { of: 'about', ids, templates: ['invite'] })
  page(res, 'invites/list', {
    title: t('Invites'),
    ignored,
    ...listed,
    own: own && { ...own, ...offered(req, own), state: stateOf(own) },
    query,
    staffNames: await staffNames(actor),
    states: INVITE_STATES,
    invites: rows.map((invite) => ({
      ...invite,
      ...offered(req, invite),
      mail: mailOf(invite.id, 'invite'),
    })),
    form: refused ? { ...made, status: refused.status } : made,
    refused,
    key: made.typed.idempotencyKey ?? randomUUID(),
    days: DAYS_USUAL,
    limits: mayPost(actor, 'credits_set') ? await ownLimits(actor) : [],
    example: exampleAmount(actor.reseller),
  })
}
