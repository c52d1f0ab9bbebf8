import { z } from 'zod'
import { hasOtherName, isAddress, keptAddress } from '../words/email-address.ts'
import { phrase } from '../words/phrase.ts'
import { Refusal } from '../words/refusal.ts'
import { faultIn, tidied } from '../words/text.ts'
import { type Sentence, type Values, t } from '../words/words.ts'
import { type Conflict, withChoices } from './conflict.ts'

/** The customer whose something is already. */
interface Whose {
  id: string
  email: string
}

/** A form as a page shows it: what stands in its fields, and what is wrong with them. */
export interface Form {
  ok: boolean
  /** As typed, or as filled in before anybody typed. */
  typed: Readonly<Record<string, string>>
  errors: Readonly<Record<string, Sentence>>
  /** What is wrong with the whole, not with one field. */
  refusal?: Sentence
  /** Whether nothing is wrong: the refusal says why the form is shown once more, see FormAgain. */
  isFine?: boolean
  /** See Refusal.facts. */
  facts: Readonly<{
    conflict?: Conflict | null
    takenBy?: Whose
    referenceOf?: Whose
    made?: Whose
    [fact: string]: unknown
  }>
  status: number
  /** The Refusal that it comes back with. */
  thrown?: Refusal
}

type Read<Values> = (Form & { ok: true; values: Values }) | (Form & { ok: false })
type Done<Values, Result> = (Form & { ok: true; values: Values; result: Result }) | (Form & { ok: false })

/** A form nobody has sent yet, with `typed` in its fields. */
export function blankForm(typed: Record<string, string | null | undefined> = {}): Form {
  const filled = Object.entries(typed).map(([name, value]) => [name, value ?? ''])
  return { ok: true, typed: Object.fromEntries(filled), errors: {}, facts: {}, status: 200 }
}

/** Marks fields that are only to be shown, under this sentence and status, and never acted upon. */
const ONLY_SHOWN = Symbol('only shown')

interface OnlyShown {
  notice: Sentence
  status: number
}

/** A body whose form comes back as typed from readForm() and submit(), whatever their schema says of it: see FormAgain. */
export const onlyShown = (fields: Record<string, unknown>, how: OnlyShown) => ({
  ...fields,
  [ONLY_SHOWN]: how,
})

/**
 * Parses a body by its schema, after a conflict with the choices made in it: see withChoices(). What does not fit comes back as typed, each
 * with a sentence at its field.
 */
export function readForm<Schema extends z.ZodType>(schema: Schema, sent: unknown): Read<z.output<Schema>> {
  const body = withChoices(sent)
  const typed = asTyped(body)
  const { [ONLY_SHOWN]: only } = (body ?? {}) as { [ONLY_SHOWN]?: OnlyShown }
  if (only) {
    const { notice, status } = only
    return { ok: false, typed, errors: {}, refusal: notice, isFine: status === 200, facts: {}, status }
  }
  const parsed = schema.safeParse(body ?? {}, { error: sentenceFor })
  if (parsed.success) return { ok: true, typed, errors: {}, facts: {}, status: 200, values: parsed.data }
  const errors: Record<string, Sentence> = {}
  let refusal: Sentence | undefined
  for (const issue of parsed.error.issues) {
    const field = issue.path[0]
    const sentence = t(issue.message, valuesOf(issue))
    // Nobody sees a hidden field: what is wrong with one stands above the form.
    if (typeof field === 'string' && issue.message !== UNUSABLE) errors[field] ??= sentence
    else refusal ??= sentence
  }
  return { ok: false, typed, errors, ...(refusal && { refusal }), facts: {}, status: 422 }
}

/**
 * Reads a form and does its action. A Refusal that a form can answer (409, 422, 429) becomes the form again, at its field and with
 * its status, so that nothing typed is lost; every other error goes its way.
 */
export async function submit<Schema extends z.ZodType, Result>(
  schema: Schema,
  body: unknown,
  action: (values: z.output<Schema>) => Promise<Result>,
): Promise<Done<z.output<Schema>, Result>> {
  const form = readForm(schema, body)
  if (!form.ok) return form
  try {
    return { ...form, result: await action(form.values) }
  } catch (error) {
    if (!(error instanceof Refusal) || error.status === 403 || error.status === 404) throw error
    const { field, sentence, status, facts } = error
    const typed = { ...form.typed, ...seenSince(facts, form.typed) }
    const shown = { ok: false, typed, facts, status, thrown: error } as const
    return field ? { ...shown, errors: { [field]: sentence } } : { ...shown, errors: {}, refusal: sentence }
  }
}

/**
 * Shows what a button asked for that has no form of its own: what was refused has a page that says only that.
 *
 * @throws Refusal
 */
export function showNoForm(_res: unknown, _subject: unknown, { thrown }: Form): never {
  throw thrown ?? new Error('There is no form to show again.')
}

/** What a form that comes back after a conflict has seen by now. An amount's theirs counts as filled in by the page: see withAmounts(). */
function seenSince({ conflict }: Refusal['facts'], typed: Form['typed']): Record<string, string> {
  if (!conflict) return {}
  const { seen, differing } = conflict as Conflict
  const filled = Object.entries(differing).flatMap(([name, { now }]) =>
    `${name}Filled` in typed ? [[`${name}Filled`, now]] : [],
  )
  return { ...seen, ...Object.fromEntries(filled) }
}

/** Reads a value by another schema within a transform(); null where it does not fit, which is then complained about there. */
export function readWithin<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  context: z.core.$RefinementCtx,
  path: string[] = [],
): { value: z.output<Schema> } | null {
  const read = schema.safeParse(value, { error: sentenceFor })
  if (read.success) return { value: read.data }
  for (const issue of read.error.issues) context.addIssue({ ...issue, code: 'custom', path })
  return null
}

/** What is said of an address in which these fields do not fit, where there is no form to show it at. */
export const notInAddress = (fields: readonly string[]): Sentence =>
  fields.length > 1
    ? t('The values of {fields} in this address are not valid. Remove them and try again.', {
        fields: fields.map((field) => `“${field}”`),
      })
    : t('The value of “{field}” in this address is not valid. Remove it and try again.', {
        field: fields[0] ?? '',
      })

/** Parses the query of a GET; what does not fit is refused in words, all of it at once. */
export function readQuery<Schema extends z.ZodType>(schema: Schema, query: unknown): z.output<Schema> {
  const parsed = schema.safeParse(query, { error: sentenceFor })
  if (parsed.success) return parsed.data
  throw new Refusal(
    422,
    notInAddress([...new Set(parsed.error.issues.map(({ path }) => String(path[0] ?? '')))]),
  )
}

/**
 * Parses the query of a list. What does not fit is left out, so that a bookmark from another time still shows the list; the page says
 * which fields those were, see page().
 */
export function readListQuery<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
): { query: z.output<Schema>; ignored: string[] } {
  const query: Record<string, unknown> = { ...(given as Record<string, unknown>) }
  const ignored = new Set<string>()
  for (;;) {
    const parsed = schema.safeParse(query, { error: sentenceFor })
    if (parsed.success) return { query: parsed.data, ignored: [...ignored] }
    const wrong = parsed.error.issues.map(({ path }) => String(path[0] ?? '')).filter((name) => name in query)
    if (wrong.length === 0) throw parsed.error
    for (const name of wrong) {
      ignored.add(name)
      delete query[name]
    }
  }
}

/** Where a page of a list begins: no field of a form, so nobody could put it right there. */
const UNSEEN = ['after', 'before']

/**
 * Parses the query of a page that has its filter as a form, see readForm(): what does not fit is marked there. A wrong place to begin at is
 * left out, and named in `ignored` as by readListQuery().
 */
export function readFilter<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
): { form: Read<z.output<Schema>>; ignored: string[] } {
  const query = given as Record<string, unknown>
  const form = readForm(schema, query)
  const ignored = UNSEEN.filter((name) => name in form.errors)
  if (ignored.length === 0) return { form, ignored }
  const rest = Object.entries(query).filter(([name]) => !ignored.includes(name))
  return { form: readForm(schema, Object.fromEntries(rest)), ignored }
}

/**
 * One line of text, as tidied() leaves it. Refuses line breaks, and what faultIn() finds wrong; NUL bytes and lone surrogates, which
 * nobody types on purpose.
 */
export function text({ max, min = 0 }: { max: number; min?: number }) {
  return plain
    .refine((value) => !value.includes('\n'), { error: phrase('Enter this on one line.') })
    .refine(...atMost(max))
    .refine(...atLeast(min))
}

/** As text(), of several lines. */
export function longText({ max, min = 0 }: { max: number; min?: number }) {
  return plain.refine(...atMost(max)).refine(...atLeast(min))
}

/** What a page has shown and carries along, letter by letter: kept from before there were rules, it may hold what nobody could type any more. */
export const shownText = ({ max }: { max: number }) => storable.refine(...atMost(max))

/** As text(), or '' where the field is missing. */
export const optionalText = ({ max }: { max: number }) => text({ max }).default('')

/** An e-mail address, given as it is compared and kept: see keptAddress(). */
export const email = () =>
  text({ max: 254, min: 1 })
    .transform(keptAddress)
    .superRefine((value, context) => {
      if (isAddress(value)) return
      context.addIssue({ code: 'custom', message: hasOtherName(value) ? OTHER_NAME : NO_ADDRESS })
    })

/** One of the listed values; '' and a missing field count as not chosen. */
export function choice<const Option extends string>(options: readonly Option[]) {
  return z.enum(options, { error: phrase('Choose one of the options.') })
}

/** As choice(), or undefined where nothing was chosen. */
export function optionalChoice<const Option extends string>(options: readonly Option[]) {
  return z.preprocess((value) => (value === '' ? undefined : value), choice(options).optional())
}

/** A tick in a box. */
export const tick = () =>
  z
    .literal(['on', '1', 'true', 'yes', ''])
    .optional()
    .transform((value) => value !== undefined && value !== '')

/** A positive whole number, such as a version, in digits only. */
export const wholeNumber = ({ max = 2_147_483_647, min = 0 } = {}) =>
  text({ max: 10, min: 1 })
    .refine((value) => /^\d+$/.test(value), { error: phrase('Enter a whole number.') })
    .transform(Number)
    .refine((value) => value <= max && value >= min, {
      error: phrase('Enter a number from {min} to {max}.'),
      params: { min, max },
    })

/** A day as a date field sends it, 2026-11-23, or '' for none. */
export const optionalDay = () =>
  text({ max: 20 })
    .refine((value) => value === '' || isDay(value), {
      error: phrase('Enter a date, such as {example}.'),
      params: { example: '2026-11-23' },
    })
    .default('')

/** The first and the last day of a period, both included, as fields of a form; '' leaves an end open. */
export const period = () => ({ from: optionalDay(), to: optionalDay() })

/**
 * Compares two fields of a form; for superRefine(…, WHATEVER_ELSE), which asks it also where another field is wrong, so that both are told.
 * A rule that is asked so gets values that may not fit, or not be there.
 */
export const WHATEVER_ELSE = {
  when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null,
}

/** Complains at `to` about a period that ends before it begins; for superRefine(…, WHATEVER_ELSE). */
export function inDateOrder({ from, to }: { from?: unknown; to?: unknown }, context: z.core.$RefinementCtx) {
  const areDays = typeof from === 'string' && typeof to === 'string' && isDay(from) && isDay(to)
  if (areDays && to < from) {
    context.addIssue({
      code: 'custom',
      path: ['to'],
      message: phrase('The end date is before the start date.'),
    })
  }
}

/** A name that a page gave the browser to send back, such as a key: refused as a whole when it does not fit. */
export const hiddenValue = (form: RegExp) => z.string({ error: UNUSABLE }).regex(form, { error: UNUSABLE })

/** As hiddenValue(), for a row's id: a uuid as it is always written here, since the database fails on anything that is none. */
export const hiddenId = () => hiddenValue(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

/** What is said of a hidden field that does not fit. */
export const UNUSABLE = phrase(
  'Part of this form was lost or changed. Check what you entered and submit it again.',
)

const NO_ADDRESS = phrase('Enter an e-mail address, such as name@example.com.')
const OTHER_NAME = phrase(
  'Before the @, use only the letters a to z, digits and punctuation such as a dot. Mail servers do not accept other characters there.',
)

/** Whether this is a day of the calendar, 2026-11-23. */
export function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`)
  return (
    /^[12]\d{3}-\d\d-\d\d$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
  )
}

const storable = z.string().refine((value) => !value.includes('\0') && value.isWellFormed(), {
  error: phrase('This contains characters that cannot be stored. Enter it again.'),
})

const plain = storable.transform(tidied).superRefine((value, context) => {
  const fault = faultIn(value)
  if (fault) context.addIssue({ code: 'custom', ...fault })
})

const atMost = (max: number) =>
  [
    (value: string) => [...value].length <= max,
    { error: phrase('Use at most {max} characters.'), params: { max } },
  ] as const

const atLeast = (min: number) =>
  [
    (value: string) => [...value].length >= min,
    min === 1
      ? { error: phrase('This field is required.') }
      : { error: phrase('Use at least {min} characters.'), params: { min } },
  ] as const

/** zod's own complaints in our words; those of this file's refinements bring theirs. */
function sentenceFor(issue: z.core.$ZodRawIssue) {
  if (issue.code === 'invalid_type' && issue.input === undefined) return phrase('This field is required.')
  if (issue.code === 'invalid_type') return phrase('Only one value is allowed.')
  if (issue.code === 'unrecognized_keys') return UNUSABLE
  return issue.message ?? phrase('This value is not valid. Enter it again.')
}

function valuesOf(issue: z.core.$ZodIssue): Values | undefined {
  const params = 'params' in issue ? issue.params : undefined
  return params as Values | undefined
}

/** What can be shown again in a field: strings, and lists of strings as a comma-separated one. */
function asTyped(body: unknown): Record<string, string> {
  const typed: Record<string, string> = {}
  for (const [name, value] of Object.entries((body ?? {}) as Record<string, unknown>)) {
    if (typeof value === 'string') typed[name] = value.replaceAll('\0', '').toWellFormed()
    else if (Array.isArray(value)) typed[name] = value.filter((one) => typeof one === 'string').join(', ')
  }
  return typed
}
