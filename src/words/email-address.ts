import { domainToASCII, domainToUnicode } from 'node:url'

/**
 * E-mail addresses are kept and compared in lower case, their domain in ASCII (Punycode, RFC 5891), and shown with the domain's own
 * letters: bücher.example and xn--bcher-kva.example are one, whichever of them a browser sends.
 */

/** What no domain has, and what the URL standard, whose rules domainToASCII() follows, would decode or cut off. */
const NO_DOMAIN = /[\0-,/:-@[-`{-\x7f]/

/** HTML's own pattern for <input type=email>, with a dot in the domain, and only characters that mail servers take without SMTPUTF8. */
const ADDRESS =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/

/** RFC 5321, in bytes. */
const LENGTH_MAX = 254

/** A domain in ASCII behind an @. */
const ASCII_DOMAIN = /(?<=@)(?:[a-z0-9-]+\.)*xn--[a-z0-9-]+(?:\.[a-z0-9-]+)*/g

/** An address as it is kept, however it was typed; what is none comes back as none, see isAddress(). */
export function keptAddress(typed: string): string {
  const at = typed.lastIndexOf('@') + 1
  return `${typed.slice(0, at).toLowerCase()}${asciiDomain(typed.slice(at).toLowerCase())}`
}

/** Whether this is an address as it is kept. */
export const isAddress = (kept: string) => kept.length <= LENGTH_MAX && ADDRESS.test(kept)

/** Whether what keeps this from being an address is a letter before the @ that few mail servers take (SMTPUTF8, RFC 6531). */
export function hasOtherName(kept: string): boolean {
  const [name = '', domain, ...more] = kept.split('@')
  return more.length === 0 && /[^\0-\x7f]/.test(name) && isAddress(`name@${domain}`)
}

/** A text with the addresses in it as people read them. The database reads one address the same way for searches: shown_address(). */
export function shownAddresses(text: string): string {
  return text.includes('xn--')
    ? text.replace(ASCII_DOMAIN, (domain) => domainToUnicode(domain) || domain)
    : text
}

/** What stands around an address in a sentence, a list, a page's source or a formatted message, and is no part of it. */
const AROUND_ADDRESS = /^[\s<>"“”„«»‹›'‘’(),;:[\]*|]+|[\s<>"“”„«»‹›'‘’(),;:[\]*|.!?/\\]+$/gu

/** What a header, a list of contacts or a system writes before an address, such as `To:`, `E-mail:` and `smtp:`. */
const LABEL = /^\p{L}[\p{L}-]*:\s*(?=[^\s:]+@)/u

/**
 * The one address in what was pasted to find somebody by: `<ada@…>`, `Ada Bergman <ada@…>`, `mailto:ada@…?subject=…`, `E-mail: ada@…`,
 * out of a page's source or address, or by itself. As it was written, which need not be a whole address yet; null where there is none,
 * or something beside it.
 */
export function addressIn(pasted: string): string | null {
  const text = pasted.normalize('NFKC').replaceAll('&lt;', '<').replaceAll('&gt;', '>')
  const link = /mailto:(?:\/\/)?([^\s<>?|]+)/i.exec(text)?.[1]
  const inBrackets = /<\s*([^\s<>]+@[^\s<>]+)\s*>/.exec(text)?.[1]
  const alone = text.includes('@') ? text : decoded(text)
  const candidate = (decoded(link) ?? inBrackets ?? alone ?? text)
    .replaceAll(AROUND_ADDRESS, '')
    .replace(LABEL, '')
  return /^[^\s@,;]+@[^\s@,;]+$/.test(candidate) ? candidate : null
}

/** A link's address without its percent signs; as it is where they mean nothing. */
function decoded(link: string | undefined): string | undefined {
  try {
    return link && decodeURIComponent(link)
  } catch {
    return link
  }
}

/** A domain, or some of its last labels, in ASCII; as it is where that is impossible. */
function asciiDomain(domain: string): string {
  const isOther = /[^\0-\x7f]/.test(domain) && !NO_DOMAIN.test(domain) && !/(?:^|\.)-|-(?:\.|$)/.test(domain)
  return (isOther && domainToASCII(domain)) || domain
}
