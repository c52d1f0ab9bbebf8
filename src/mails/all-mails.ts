import * as customers from '../customers/mails.ts'
import * as invites from '../invites/mails.ts'
import * as ledger from '../ledger/mails.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { Template } from '../mail/template.ts'
import * as people from '../people/mails.ts'
import * as resellers from '../resellers/mails.ts'
import { type Sentence, t } from '../words/words.ts'

/** Every mail that Purser writes, by its name. */
const TEMPLATES = new Map<string, Template<Prisma.InputJsonObject>>(
  [people, customers, invites, ledger, resellers]
    .flatMap((room) => Object.values(room))
    .map((template) => [template.name, template]),
)

/** What a mail of this row is made from. Throws where there is no such template: a bug, since none was ever taken away. */
export function findTemplate(name: string): Template<Prisma.InputJsonObject> {
  const template = TEMPLATES.get(name)
  if (!template) throw new Error(`There is no e-mail template ${name}.`)
  return template
}

/** What staff call a mail made from this template. */
export const mailLabel = (name: string): Sentence => TEMPLATES.get(name)?.label ?? t('{name}', { name })
