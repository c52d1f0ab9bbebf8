import { ProveIdentity } from '../../account/prove.ts'
import { form } from '../../actions/form.ts'
import { blankProof, goOnProven, showProof } from '../../people/proof-pages.ts'
import { factorPages } from '../pages.ts'

form(factorPages, '/account/proof', ProveIdentity, {
  blank: (_none, { req }) => blankProof(req),
  show: (res, _none, typed) => showProof(res, typed),
  next: (res) => ({ render: () => goOnProven(res.req, res) }),
})
