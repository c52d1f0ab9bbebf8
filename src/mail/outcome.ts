import { ask } from '../database/ask.ts'
import type { Bind } from '../database/cursor.ts'
import type { Database } from '../database/client.ts'
import type { Mail, MailState } from '../generated/prisma/client.ts'

/** What became of a mail, as it is shown where the thing is that it tells of. It says nothing that the mail's text would. */
export interface MailOutcome {
  id: string
  to: string
  template: string
  state: MailState
  /** What the mail server said last, in its own words; null where it said nothing, or took the mail. */
  lastError: string | null
  createdAt: Date
  sentAt: Date | null
}

/** Whose mails they are. */
interface Asker {
  database: Database
  reseller: { id: string }
}

/** Whose mails are meant: a staff member's, a customer's, or those that tell of one thing. */
const COLUMNS = { staff: 'staff_id', customer: 'customer_id', about: 'about_id' } as const

const OUTCOME_COLUMNS = `
  id, to_email as to, template, state, last_error as "lastError", created_at as "createdAt", sent_at as "sentAt"`
const OUTCOME_TIMES = { createdAt: true, sentAt: true } as const

interface Wanted {
  of: keyof typeof COLUMNS
  ids: readonly string[]
  templates: readonly string[]
}

/**
 * The newest mail made from each of the templates to, or about, each of these; each is looked for from the newest on, along an index.
 * Asks for no permission: the page that shows one has let its reader see what it is about.
 */
export async function newestMails(
  asker: Asker,
  { of, ids, templates }: Wanted,
): Promise<(id: string, template: string) => MailOutcome | null> {
  const key = (id: string, template: string) => `${template} ${id}`
  const column = COLUMNS[of]
  const rows = await ask<MailOutcome & { of: string }>(
    asker,
    (bind) => `
      select wanted.id as of, found.* from ${idsSql(of, ids, bind)}
      cross join (values ${templates.map((template) => `(${literalOf(template)})`).join(', ')}) made (template)
      cross join lateral (
        select ${OUTCOME_COLUMNS} from mails
        where reseller_id = $1 and ${column} = wanted.id and mails.template = made.template
        order by created_at desc, id desc limit 1
      ) found`,
    OUTCOME_TIMES,
  )
  const found = new Map(rows.map(({ of: id, ...mail }) => [key(id, mail.template), mail]))
  return (id, template) => found.get(key(id, template)) ?? null
}

/** The templates stand in the statement: how many they are decides its plan. They are names in the code, never what somebody typed. */
function literalOf(template: string): string {
  if (!/^[a-z-]+$/.test(template)) throw new Error(`No template is called ${template}.`)
  return `'${template}'`
}

/** One ID is no array: of that, the planner would expect ten, and plan again each time in the hope of fewer. */
function idsSql(of: Wanted['of'], ids: readonly string[], bind: Bind): string {
  const type = of === 'customer' ? 'text' : 'uuid'
  const [only, ...others] = ids
  return only !== undefined && others.length === 0
    ? `(values (${bind(only)}::${type})) wanted (id)`
    : `unnest(${bind(ids)}::${type}[]) wanted (id)`
}

/** So many mails about one thing are shown. */
const MAILS_ABOUT_MAX = 50

/** The newest mail of each kind to each who was told of one thing, the newest first. As newestMails(). */
export async function mailsAbout(actor: Asker, { id }: { id: string }): Promise<MailOutcome[]> {
  return (await mailsAboutEach(actor, [id]))(id)
}

/** The same of several things. */
export async function mailsAboutEach(
  { database, reseller }: Asker,
  ids: readonly string[],
): Promise<(id: string) => MailOutcome[]> {
  const mails = await database.prisma.mail.findMany({
    where: { resellerId: reseller.id, aboutId: { in: [...ids] } },
    distinct: ['aboutId', 'toEmail', 'template'],
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: MAILS_ABOUT_MAX * ids.length,
    select: { ...OUTCOME, aboutId: true },
  })
  const byThing = Map.groupBy(mails, ({ aboutId }) => aboutId)
  return (id) => (byThing.get(id) ?? []).map(outcomeOf)
}

/**
 * SQL for a table of the mails made from these templates that did not arrive, by customer: the newest of each kind, as an array that
 * mailsIn() reads. `rows`: the table whose ids are the customers'. Few mails do not arrive, and an index has those alone.
 */
export const undeliveredSql = (rows: string, templates: readonly string[]) => `
  (select customer_id, json_agg(found) as mails from (
    select customer_id, ${OUTCOME_COLUMNS} from mails
    where reseller_id = $1 and customer_id in (select id from ${rows})
      and (state = 'failed' or (state = 'waiting' and last_error is not null)) and template in (${templates.map(literalOf).join(', ')})
      and not exists (
        select from mails newer
        where newer.reseller_id = $1 and newer.customer_id = mails.customer_id and newer.template = mails.template
          and (newer.created_at, newer.id) > (mails.created_at, mails.id))
  ) found group by customer_id)`

/** A mail as JSON has it, with its times as texts. */
export type MailJson = Omit<MailOutcome, 'createdAt' | 'sentAt'> & {
  createdAt: string
  sentAt: string | null
}

/** The mails in such an array. */
export const mailsIn = (mails: readonly MailJson[]): MailOutcome[] =>
  mails.map(({ id, to, template, state, lastError, createdAt, sentAt }) => ({
    ...{ id, to, template, state, lastError },
    createdAt: new Date(createdAt),
    sentAt: sentAt === null ? null : new Date(sentAt),
  }))

/** Has not arrived, as far as the mail server has said so. */
export const hasNotArrived = ({ state, lastError }: Pick<MailOutcome, 'state' | 'lastError'>) =>
  state === 'failed' || (state === 'waiting' && lastError !== null)

/** The newest mail to a customer, whatever it says. As newestMails(). */
export async function maybeNewestMail(asker: Asker, { id }: { id: string }): Promise<MailOutcome | null> {
  const [mail] = await ask<MailOutcome>(
    asker,
    (bind) => `
      select ${OUTCOME_COLUMNS} from mails where reseller_id = $1 and customer_id = ${bind(id)}
      order by created_at desc, id desc limit 1`,
    OUTCOME_TIMES,
  )
  return mail ?? null
}

/** Whether a mail with a link still matters to somebody who last logged in then: who has logged in since needs no link. */
export function isStillAwaited(mail: MailOutcome | null, lastLoginAt: Date | null): mail is MailOutcome {
  return mail !== null && (lastLoginAt === null || mail.createdAt > lastLoginAt)
}

const OUTCOME = {
  id: true,
  toEmail: true,
  template: true,
  state: true,
  lastError: true,
  createdAt: true,
  sentAt: true,
} as const

function outcomeOf({ toEmail: to, template, ...mail }: Pick<Mail, keyof typeof OUTCOME>): MailOutcome {
  return { ...mail, to, template }
}
