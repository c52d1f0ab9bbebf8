import { AddPasskey } from '../../../account/factors.ts'
import { form } from '../../../actions/form.ts'
import { paths } from '../../../paths.ts'
import { t } from '../../../words/words.ts'
import { factorPages } from '../../pages.ts'
import { showNewPasskey } from './passkeys/new.ts'
import { showCodesOfFactor } from './recovery-codes.ts'

form(factorPages, '/account/factors/passkeys', AddPasskey, {
  formAt: () => paths.newPasskey(),
  show: (res, _none, form) => showNewPasskey(res, form),
  next(res, { codes, wasThere }, _none, { name }) {
    const added = t('Added {name}. You can now log in with it, and not with the password alone.', { name })
    if (codes) return { render: () => showCodesOfFactor(res, codes, added) }
    const say = wasThere
      ? t('This passkey has already been added. If you have not saved your recovery codes, create new ones.')
      : added
    return { to: paths.ownFactors(), say }
  },
})
