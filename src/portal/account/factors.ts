import { AddApp, listOwnFactors } from '../../account/factors.ts'
import { asks, form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import type { Factors } from '../../people/factors.ts'
import { services } from '../../services.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import { showNewApp } from './factors/new.ts'
import { showRecoveryCodes } from './factors/recovery-codes.ts'

declare module '../../web/page.ts' {
  interface Views {
    'account/factors': Factors
  }
}

asks(pages, '/account/factors', AddApp, async (res) => {
  const own = await listOwnFactors(res.req.actor, services(res.req).keys)
  page(res, 'account/factors', { title: t('Second factors'), ...own })
})

form(pages, '/account/factors', AddApp, {
  show: (res, _none, form) => showNewApp(res, form),
  next(res, { codes, wasThere }, _none, { name }) {
    if (codes) return { render: () => showRecoveryCodes(res, codes, { added: name }) }
    const say = wasThere
      ? t('{name} has already been added. If you have not saved your recovery codes, create new ones.', {
          name,
        })
      : t('Added {name}. From now on, a login asks for a code.', { name })
    return { to: paths.ownFactors(), say }
  },
})
