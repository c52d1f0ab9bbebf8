import { AddApp, listOwnFactors } from '../../account/factors.ts'
import { asks, form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import type { Factors, ShownFactor } from '../../people/factors.ts'
import { passkeyPlace } from '../../people/passkey-place.ts'
import { mustHaveFactor } from '../../people/required-factor.ts'
import { services } from '../../services.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { factorPages } from '../pages.ts'
import { showNewApp } from './factors/new.ts'
import { showCodesOfFactor } from './factors/recovery-codes.ts'

declare module '../../web/page.ts' {
  interface Views {
    'account/factors': Omit<Factors, 'factors'> & {
      factors: readonly RemovableFactor[]
      /** The host whose pages use passkeys; null where they cannot be used. */
      passkeysAt: string | null
    }
  }
}

/** A factor on its person's page. */
interface RemovableFactor extends ShownFactor {
  /** What is left without it: one that works, only such that do not, or none. */
  left: 'working' | 'void' | 'none'
  /** Whether it cannot be removed, as the role requires one that works. */
  isKept: boolean
}

asks(factorPages, '/account/factors', AddApp, async (res) => {
  const { actor } = res.req
  const all = services(res.req)
  const own = await listOwnFactors(actor, all)
  const passkeysAt = passkeyPlace(all.config)?.rpId ?? null
  const factors = own.factors.map((factor) => {
    const left = leftWithout(factor, own.factors)
    return { ...factor, left, isKept: left !== 'working' && mustHaveFactor(actor) }
  })
  page(res, 'account/factors', { title: t('Second factors'), ...own, factors, passkeysAt })
})

function leftWithout({ id }: ShownFactor, factors: readonly ShownFactor[]): RemovableFactor['left'] {
  const others = factors.filter((other) => other.id !== id)
  if (others.length === 0) return 'none'
  return others.every(({ isVoid }) => isVoid) ? 'void' : 'working'
}

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
