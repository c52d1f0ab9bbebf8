import { isReversible } from '../../ledger/entry.ts'
import { KIND_NAMES } from '../../ledger/kinds.ts'
import { findPosting, type PostingDetails } from '../../ledger/posting.ts'
import { CHANNEL_NAMES, REASON_NAMES } from '../../ledger/reasons.ts'
import { canReverse } from '../../ledger/reverse.ts'
import { findCustomer, type CustomerWithTeam } from '../../people/customer.ts'
import { allowed } from '../../people/guards.ts'
import { staffNames } from '../../staff/names.ts'
import { page } from '../../web/page.ts'
import { formatsFor } from '../../words/format.ts'
import { t, type Sentence } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/postings/posting': {
      customer: CustomerWithTeam
      staffNames: Readonly<Record<string, string>>
      posting: PostingDetails
      reasonName: Sentence | null
      channelName: Sentence | null
      canReverse: boolean
    }
  }
}

pages.get('/customers/:id/postings/:postingId', allowed('customers.see'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const posting = await findPosting(req.actor, customer, req.params.postingId)
  page(res, 'customers/postings/posting', {
    title: t('{kind} on {day}', {
      kind: KIND_NAMES[posting.kind],
      day: formatsFor(req.actor.reseller).date(posting.postedAt),
    }),
    customer,
    staffNames: await staffNames(req.actor),
    posting,
    reasonName: posting.reason && REASON_NAMES[posting.reason],
    channelName: posting.channel && CHANNEL_NAMES[posting.channel],
    canReverse: canReverse(req.actor, { isReversible: isReversible(posting) }),
  })
})
