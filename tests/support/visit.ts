import http from 'node:http'
import { type HTMLElement, parse } from 'node-html-parser'

/** An answer as a person and as a test look at it. */
export interface Answer {
  status: number
  /** Where a redirect leads, path and query. */
  location: string | null
  headers: Headers
  text: string
  /** The text as a page, parsed when it is first looked at: most answers are only asked for their status. */
  readonly html: HTMLElement
}

type Fields = Record<string, string | string[]>

interface SubmitOptions {
  /** Which form: by the end of its action; needed where a page has several. */
  action?: string
  /** Sent instead of, or beside, the browser's own headers. */
  headers?: Record<string, string>
}

/** A browser without a script engine: keeps cookies, follows nothing by itself, and posts a page's own forms. */
export class Visitor {
  readonly url: string
  readonly cookies = new Map<string, string>()

  /** The id of this browser's session at a site: its cookie without the signature. Empty without one. */
  sessionId(site: 'portal' | 'console'): string {
    const cookie = decodeURIComponent(this.cookies.get(`purser-${site}`) ?? '')
    return cookie.slice('s:'.length).replace(/\.[^.]*$/, '')
  }

  constructor(url: string) {
    this.url = url
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, { headers })
  }

  /**
   * Posts a form that stands in `page` as a browser would: with its token, its hidden fields and what is filled in already, and with
   * `fields` typed over that.
   */
  submit(page: Answer, fields: Fields = {}, { action, headers }: SubmitOptions = {}): Promise<Answer> {
    const forms = page.html
      .querySelectorAll('form')
      .filter((form) => form.getAttribute('method')?.toLowerCase() === 'post')
    const wanted = forms.filter((form) =>
      action ? form.getAttribute('action')?.endsWith(action) : !isLogout(form),
    )
    if (wanted.length !== 1) {
      throw new Error(
        `${wanted.length} forms fit; the page (${page.status}) has ${forms.map((form) => form.getAttribute('action')).join(', ') || 'none'}.`,
      )
    }
    const form = wanted[0] as HTMLElement
    return this.post(form.getAttribute('action') ?? '', { ...filledIn(form), ...fields }, headers)
  }

  /** Posts these fields and no others. */
  post(path: string, fields: Fields, headers: Record<string, string> = {}): Promise<Answer> {
    const body = new URLSearchParams()
    for (const [name, value] of Object.entries(fields))
      for (const one of [value].flat()) body.append(name, one)
    return this.send('POST', path, { body, headers: { Origin: this.url, ...headers } })
  }

  /** Follows a redirect. */
  follow(answer: Answer): Promise<Answer> {
    if (!answer.location) throw new Error(`There is nothing to follow: ${answer.status}.`)
    return this.get(answer.location)
  }

  async send(
    method: string,
    path: string,
    { body, headers = {} }: { body?: URLSearchParams | string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await ask(method, new URL(path, this.url), {
      headers: { ...DEFAULTS, ...aboutBody(body), ...(cookie && { Cookie: cookie }), ...headers },
      body: body?.toString(),
    })
    const { status, headers: answered, text } = answer
    for (const line of answered.getSetCookie()) this.#keep(line)
    let html: HTMLElement | undefined
    return {
      status,
      location: answered.get('location'),
      headers: answered,
      text,
      get html() {
        html ??= parse(text)
        return html
      },
    }
  }

  #keep(line: string) {
    const [pair = '', ...attributes] = line.split(';')
    const at = pair.indexOf('=')
    const gone = attributes.some((attribute) => /^\s*expires=.*1970/i.test(attribute))
    if (gone) this.cookies.delete(pair.slice(0, at))
    else this.cookies.set(pair.slice(0, at), pair.slice(at + 1))
  }
}

/** Kept as a browser keeps them. `timeout`, so that a server's word on how long it keeps them is heeded. */
const connections = new http.Agent({ keepAlive: true, timeout: 60_000 })

/** What a client says that is no person's browser. Nothing of compression, which tests/web/compression.test.ts is about. */
const DEFAULTS = {
  Accept: 'text/html',
  'Accept-Language': '*',
  'Sec-Fetch-Mode': 'cors',
  'User-Agent': 'node',
}

/** Its length too, which Node.js leaves out where no body is usual. */
function aboutBody(body: URLSearchParams | string | undefined): Record<string, string> {
  if (body === undefined) return {}
  const type = typeof body === 'string' ? 'text/plain' : 'application/x-www-form-urlencoded'
  return {
    'Content-Type': `${type};charset=UTF-8`,
    'Content-Length': String(Buffer.byteLength(body.toString())),
  }
}

interface Asked {
  headers: Record<string, string>
  body: string | undefined
}

/** Sends a request, as fetch() does that follows nothing, at half of the CPU. */
function ask(
  method: string,
  url: URL,
  { headers, body }: Asked,
): Promise<Pick<Answer, 'status' | 'headers' | 'text'>> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent: connections, method, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part)).on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: headersOf(response),
          text: new TextDecoder().decode(Buffer.concat(parts)),
        }),
      )
    })
    // As bytes: text would have the headers written in its encoding.
    request.on('error', reject).end(body && Buffer.from(body))
  })
}

function headersOf({ rawHeaders }: http.IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  return headers
}

/** The token of a browser's forms: all pages of the portal have the same, and so have all of the console's. */
export async function tokenOf(visitor: Visitor, site: 'portal' | 'console' = 'portal'): Promise<string> {
  let page = await visitor.get(site === 'portal' ? '/' : '/console/login')
  while (page.location) page = await visitor.follow(page)
  return valueOf(page, 'csrf') ?? ''
}

/** What people read on a page: its main part, white space folded. */
export function wordsOf(answer: Answer): string {
  const main = answer.html.querySelector('main') ?? answer.html
  return main.textContent.replace(/\s+/g, ' ').trim()
}

/** What the page says about the action just done, or ''. */
export function flashOf(answer: Answer): string {
  return answer.html.querySelector('.flash p')?.textContent.replace(/\s+/g, ' ').trim() ?? ''
}

/** What is wrong with a form as a whole, or ''. */
export function refusalOf(answer: Answer): string {
  // A page may have such a box about more than its form.
  const box = answer.html.querySelector('form .form-errors') ?? answer.html.querySelector('.form-errors')
  return box?.textContent.replace(/\s+/g, ' ').trim() ?? ''
}

/** The sentence at a field, or ''. */
export function errorAt(answer: Answer, field: string): string {
  const control = answer.html.querySelector(`[name="${field}"][aria-invalid="true"]`)
  const ids = control?.getAttribute('aria-describedby')?.split(' ') ?? []
  const error = ids
    .map((id) => answer.html.getElementById(id))
    .find((element) => element?.classList.contains('field-error'))
  return error?.textContent.trim() ?? ''
}

/** What stands in a field; of the form whose action ends so, where a page has several. */
export function valueOf(answer: Answer, field: string, action?: string): string | undefined {
  if (!action) return filledIn(answer.html)[field]
  const forms = answer.html.querySelectorAll(`form[action$="${action}"]`)
  return forms.map((form) => filledIn(form)[field]).find((value) => value !== undefined)
}

const isLogout = (form: HTMLElement) => form.getAttribute('action')?.endsWith('/logout') ?? false

/** What would be sent if somebody pressed the button at once. */
export function filledIn(form: HTMLElement): Record<string, string> {
  const values: Record<string, string> = {}
  for (const control of form.querySelectorAll('input, select, textarea')) {
    const name = control.getAttribute('name')
    if (!name || control.hasAttribute('disabled')) continue
    if (control.tagName === 'SELECT') {
      const options = control.querySelectorAll('option')
      const chosen = options.find((option) => option.hasAttribute('selected')) ?? options[0]
      values[name] = chosen?.getAttribute('value') ?? ''
    } else if (control.tagName === 'TEXTAREA') {
      values[name] = control.textContent.replace(/^\n/, '')
    } else if (['checkbox', 'radio'].includes(control.getAttribute('type') ?? '')) {
      if (control.hasAttribute('checked')) values[name] = control.getAttribute('value') ?? 'on'
    } else {
      values[name] = control.getAttribute('value') ?? ''
    }
  }
  return values
}
