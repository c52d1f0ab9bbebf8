import { type Request, type Response, Router } from 'express'
import { countryOptions } from '../billing/countries.ts'
import { PASSWORD_MIN } from '../people/password-policy.ts'
import { paths } from '../paths.ts'
import { type ResellerFace, findReseller } from '../resellers/reseller.ts'
import { services } from '../services.ts'
import { hintAccount } from '../people/account-hint.ts'
import { flash } from '../web/flash.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { dressForCustomers, speakFor } from '../web/locals.ts'
import { page } from '../web/page.ts'
import { requestFacts } from '../web/request-facts.ts'
import { t } from '../web/words.ts'
import { JoinForm } from './forms.ts'
import { type Entrance, register } from './register.ts'
import { type InviteRead, readInvite } from './token.ts'

/** Where an invite leads: a person registers and becomes the reseller's customer. Looking uses nothing up. */
export const joining = Router()

joining.get('/join/:token', async (req, res) => {
  const { entrance, state, reseller } = await readEntrance(req, res)
  if (!entrance) return showDead(res, state, reseller)
  showJoin(req, res, entrance, blankForm({ email: entrance.invite.email }))
})

joining.post('/join/:token', async (req, res) => {
  const { entrance, state, reseller } = await readEntrance(req, res)
  if (!entrance) return showDead(res, state, reseller)
  const form = await submit(JoinForm, req.body, (values) =>
    register(services(req), entrance, values, requestFacts(req)),
  )
  if (!form.ok && form.status === 409 && form.refusal) {
    const { state: since } = await readEntrance(req, res)
    if (since !== 'open') return showDead(res, since, reseller)
  }
  if (!form.ok) return showJoin(req, res, entrance, form)
  hintAccount(res, { resellerId: entrance.reseller.id, email: form.result.email })
  flash(res, t('An e-mail is on its way to {email}.', form.result))
  res.redirect(303, paths.joined(tokenOf(req)))
})

joining.get('/join/:token/done', async (req, res) => {
  const { state, reseller } = await readEntrance(req, res)
  if (!reseller) return showDead(res, state, reseller)
  page(res, 'invites/joined', { title: t('Check your e-mail'), reseller })
})

/** The invite of the address and its reseller, whose name and language the page takes on; `entrance` while it is open. */
async function readEntrance(
  req: Request,
  res: Response,
): Promise<{ entrance: Entrance | null; state: InviteRead['state']; reseller: ResellerFace | null }> {
  dressForCustomers(res)
  const { database, keys } = services(req)
  const { invite, state } = await readInvite(database, keys, tokenOf(req))
  if (!invite) return { entrance: null, state, reseller: null }
  const reseller = await findReseller(database, invite.resellerId)
  speakFor(res, reseller)
  return { entrance: state === 'open' ? { invite, reseller } : null, state, reseller }
}

const tokenOf = (req: Request) => String(req.params.token)

function showJoin(req: Request, res: Response, { invite, reseller }: Entrance, form: Form) {
  page(res, 'invites/join', {
    title: t('Become a customer of {reseller}', { reseller: reseller.name }),
    form: invite.email ? { ...form, typed: { ...form.typed, email: invite.email } } : form,
    action: paths.join(tokenOf(req)),
    bound: invite.email !== null,
    reseller,
    countries: countryOptions(reseller.locale),
    passwordMin: PASSWORD_MIN,
  })
}

/** 410 for an invite that was good once, 404 for what never was one. */
function showDead(res: Response, state: InviteRead['state'], reseller: ResellerFace | null) {
  res.status(state === 'unknown' ? 404 : 410)
  page(res, 'invites/dead', { title: t('This invite cannot be used'), state, reseller })
}
