import { AddApp, listOwnFactors } from '../../account/factors.ts'
import { asks, form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import type { Factors } from '../../people/factors.ts'
import { passkeyPlace } from '../../people/passkey-place.ts'
import { services } from '../../services.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { factorPages } from '../pages.ts'
import { showNewApp } from './factors/new.ts'
import { showCodesOfFactor } from './factors/recovery-codes.ts'

declare module '../../web/page.ts' {
  interface Views {
    'account/factors': Factors & {
      /** The host whose pages use passkeys; null where they cannot be used. */
      passkeysAt: string | null
      /** Whether the last one cannot be removed. */
      isLastKept: boolean
    }
  }
}

asks(factorPages, '/account/factors', AddApp, async (res) => {
  const { actor } = res.req
  const all = services(res.req)
  const own = await listOwnFactors(actor, all)
  const passkeysAt = passkeyPlace(all.config)?.rpId ?? null
  const isLastKept = own.factors.length === 1 && actor.requiredFactor?.isDue === true
  page(res, 'account/factors', { title: t('Second factors'), ...own, passkeysAt, isLastKept })
})

form(factorPages, '/account/factors', AddApp, {
  show: (res, _none, form) => showNewApp(res, form),
  next(res, { codes, wasThere }, _none, { name }) {
    const added = t('Added {name}. From now on, a login asks for a code.', { name })
    if (codes) return { render: () => showCodesOfFactor(res, codes, added) }
    const say = wasThere
      ? t('{name} has already been added. If you have not saved your recovery codes, create new ones.', {
          name,
        })
      : added
    return { to: paths.ownFactors(), say }
  },
})
