import { z } from 'zod'
import { template } from '../mail/template.ts'
import { t } from '../words/words.ts'

/** From the settings page: does mail work? */
export const testMail = template({
  name: 'test',
  label: t('Test e-mail'),
  values: z.object({ sentBy: z.string() }),
  write: ({ sentBy }, { reseller: { name: reseller } }) => ({
    subject: t('Test e-mail from {reseller}', { reseller }),
    paragraphs: [
      t('{sentBy} sent this test from the settings of {reseller}. If you can read it, e-mail is working.', {
        sentBy,
        reseller,
      }),
    ],
  }),
})
