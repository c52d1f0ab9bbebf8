import { addressIn, keptAddress } from '../words/email-address.ts'
import { isCustomerId } from './customer-id.ts'

/**
 * The SQL for the ids of customers whom a search names outright, by account, internal ID or external reference: at most a few, each by
 * its own unique index. Null where what was typed can be none of these. The reseller is $1.
 */
export function exactMatches(typed: string, bind: (value: unknown) => string): string | null {
  const address = addressIn(typed)
  const id = idIn(typed)
  const ways: string[] = []
  if (address) ways.push(`email = ${bind(keptAddress(address))}`)
  if (id) ways.push(`id = ${bind(id)}`)
  if (/\d/.test(typed)) ways.push(`external_reference_key = nullif(folded_name(${bind(typed)}), '')`)
  return (
    ways.map((way) => `select id from customers where reseller_id = $1 and ${way}`).join(' union ') || null
  )
}

/** Where the portal's own addresses have a customer's ID. */
const CUSTOMERS_PAGE = /\/customers\/([0-9a-z]+)(?:[/?#]|$)/i

/**
 * The internal ID that was typed, in whatever case and width, with letters that are none for the digits they look like; or the one in a
 * pasted address of a customer's page.
 */
function idIn(typed: string): string | null {
  const text = typed.normalize('NFKC').trim()
  const id = (CUSTOMERS_PAGE.exec(text)?.[1] ?? text).toUpperCase().replace(/[IL]/g, '1').replaceAll('O', '0')
  return isCustomerId(id) ? id : null
}
