import { readEntrance } from '../../invites/register.ts'
import { services } from '../../services.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { showDead, namedAs } from '../join.ts'
import type { ResellerFace } from '../../people/reseller.ts'
import { open } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'join/done': {
      reseller: ResellerFace
    }
  }
}

open.get('/join/:token/done', async (req, res) => {
  const found = await readEntrance(services(req), String(req.params.token))
  const { reseller } = found
  if (!reseller) return showDead(res, found)
  namedAs(res, found)
  page(res, 'join/done', { title: t('Check your e-mail'), reseller })
})
