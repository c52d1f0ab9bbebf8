import { profileFacts } from '../billing/profile-facts.ts'
import { type Shown, showList } from '../lists/shown.ts'
import { paths } from '../paths.ts'
import { allowed } from '../people/guards.ts'
import { findTeam, members, type Member } from '../teams/members.ts'
import { whyDefault, type WhyDefault } from '../teams/why-default.ts'
import { readListQuery } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { CursorQuery } from '../forms/cursor-query.ts'
import { t } from '../words/words.ts'
import type { Team, Customer } from '../generated/prisma/client.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'teams/page': Pick<Shown<never>, 'count' | 'countedMax' | 'pager'> & {
      team: Team
      owner: Pick<Customer, 'id' | 'email' | 'name'> | null
      why: WhyDefault | null
      profile: ReturnType<typeof profileFacts> | null
      members: Member[]
    }
  }
}

/** A team's own page: its members and its billing profile. */
pages.get('/teams/:id', allowed('customers.see'), async (req, res) => {
  const { actor } = req
  const { ownerCustomer, billingProfile, ...team } = await findTeam(actor, req.params.id)
  const { query, ignored } = readListQuery(CursorQuery, req.query)
  const { rows, count, countedMax, pager } = await showList(members, { actor, of: team, query }, (place) =>
    paths.team(team, place),
  )
  page(res, 'teams/page', {
    title: t('{name}', { name: team.name }),
    ignored,
    team,
    owner: ownerCustomer,
    why: whyDefault({ ...team, ownerCustomer, billingProfile }),
    profile: billingProfile && profileFacts(billingProfile, actor.reseller.locale),
    members: rows,
    count,
    countedMax,
    pager,
  })
})
