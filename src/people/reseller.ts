import type { Database } from '../database/client.ts'
import type { ResellerFacts } from './actor.ts'

/** A reseller as it shows itself to people who are not logged in. */
export interface ResellerFace extends ResellerFacts {
  /** Where its customers ask for help; '' where it has not said so. */
  supportEmail: string
}

/** The columns of a reseller's face. */
export const RESELLER_FACE = {
  id: true,
  slug: true,
  name: true,
  currency: true,
  currencyScale: true,
  timeZone: true,
  locale: true,
  supportEmail: true,
} as const

/** The reseller of this id, for pages that are reached through a link and not through a login. Throws where there is none. */
export function findReseller({ prisma }: Database, id: string): Promise<ResellerFace> {
  return prisma.reseller.findUniqueOrThrow({ where: { id }, select: RESELLER_FACE })
}

/** The reseller of this slug, which may be anybody's word and in any case; or null. */
export async function maybeResellerBySlug(
  { prisma }: Database,
  asked: unknown,
): Promise<ResellerFace | null> {
  const slug = typeof asked === 'string' ? asked.toLowerCase() : ''
  if (!/^[a-z0-9-]{1,60}$/.test(slug)) return null
  return prisma.reseller.findUnique({ where: { slug }, select: RESELLER_FACE })
}

/** The reseller where there is only one in this installation, which then speaks for every page; null where there are several. */
export async function maybeOnlyReseller({ prisma }: Database): Promise<ResellerFace | null> {
  const some = await prisma.reseller.findMany({ select: RESELLER_FACE, take: 2 })
  return some.length === 1 ? (some[0] ?? null) : null
}
