import { ProveIdentity } from '../../account/prove.ts'
import { form } from '../../actions/form.ts'
import { blankProof, goOnProven, showProof } from '../../people/proof-pages.ts'
import { factorPages } from '../pages.ts'

// Not asked of the action: this page is shown under a login-as session too.
factorPages.get('/console/security/proof', (req, res) => showProof(res, blankProof(req)))

form(factorPages, '/console/security/proof', ProveIdentity, {
  show: (res, _none, typed) => showProof(res, typed),
  next: (res) => ({ render: () => goOnProven(res.req, res) }),
})
