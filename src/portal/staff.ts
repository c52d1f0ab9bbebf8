import type { Response } from 'express'
import { z } from 'zod'
import { asks, form } from '../actions/form.ts'
import { searchTerms, textFits } from '../database/search-terms.ts'
import { limitWords, listLimits } from '../ledger/role-limits.ts'
import { mailLeaves } from '../mail/leaves.ts'
import { paths } from '../paths.ts'
import { permissionSentence } from '../people/permissions.ts'
import { type RoleId, ROLES, ROLE_IDS, roleName } from '../people/roles.ts'
import { services } from '../services.ts'
import { AddStaff } from '../staff/add.ts'
import { linkMails } from '../staff/link.ts'
import { type StaffMember, listStaff } from '../staff/staff.ts'
import { type Form, blankForm, optionalText, readListQuery } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { formatsFor } from '../words/format.ts'
import { t, wordsFor, type Sentence } from '../words/words.ts'
import type { MailOutcome } from '../mail/outcome.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'staff/list': {
      q: string
      /** Whether links to set a password leave by mail. */
      leaves: boolean
      members: (StaffMember & { mail: MailOutcome | null })[]
      form: Form
      refused: Form | null
      formOf: ({ id }: { id: string }) => Form
      roles: {
        id: RoleId
        name: Sentence
        summary: Sentence
        permissions: Sentence[]
        limits: Sentence[]
      }[]
    }
  }
}

const StaffQuery = z.object({ q: optionalText({ max: 200 }) })

asks(pages, '/staff', AddStaff, (res) => {
  const { query, ignored } = readListQuery(StaffQuery, res.req.query)
  return showStaff(res, { q: query.q, ignored })
})

form(pages, '/staff', AddStaff, {
  show: (res, _none, added) => showStaff(res, { added }),
  next: async (res, _added, _none, { email }) =>
    (await linksLeave(res))
      ? {
          to: paths.staff(),
          say: t('Added {email}. An e-mail with a link to set a password is on its way.', { email }),
        }
      : {
          to: paths.staff(),
          say: t(
            'Added {email}. No e-mail leaves this installation. To get the link, run the command npm run staff:link on the host, as shown below their name.',
            { email },
          ),
          tone: 'attention',
        },
})

/** Whether links to set a password leave by mail; otherwise they are printed on the host, see MakeHostLink. */
export const linksLeave = ({ req }: Response) => mailLeaves(req.actor, services(req).config)

/** The page with everybody; `refused`: the form of an action upon one of them that was not done. */
export async function showStaff(
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
  const limitsOf = new Map((await listLimits(actor)).map((role) => [role.id, limitWords(role, formats)]))
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
    leaves: await linksLeave(res),
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

/** The list of staff; the start for somebody who has just taken away their own right to see it. */
export const whereNext = (actorId: string | null, { id }: Pick<StaffMember, 'id'>) =>
  id === actorId ? paths.customers() : paths.staff()
