// The banner of a login as a customer: counts its time down, offers to stay before ten minutes without a page end it, and says when it
// is over, be it because another one began in another tab. Screen readers are told twice, two minutes before the end and at the end; the ticking itself is a timer, which is silent.
import { allHtml, dataOf, find, findHtml, maybeHtml, textsOf } from './dom.js'
import { setBusy } from './forms.js'

const banner = maybeHtml(document, '[data-login-as]')
const soonMs = 120_000
/** How long a portal's page in another tab is given to say that it is there. */
const answerMs = 200

// Every page of the portal answers to a console's tab that asks whether it is the last one.
const portal = new BroadcastChannel('purser-portal')
if (document.body.classList.contains('shell')) {
  portal.addEventListener('message', ({ data }) => {
    if (data === 'is anybody there?') portal.postMessage('yes')
  })
}

if (banner) countDown(banner)

/** @param {HTMLElement} banner */
function countDown(banner) {
  const loginAs = dataOf(banner, 'loginAs')
  const left = findHtml(banner, '.login-as-left')
  const said = findHtml(banner, '[role="status"]')
  const goOn = findHtml(banner, '[data-login-as-on]')
  const exit = find(banner, 'form', HTMLFormElement)
  const out = find(banner, '[data-login-as-out]', HTMLAnchorElement)
  // Counted from here, not compared with a clock that may be wrong.
  const endsAt = Date.now() + Number(dataOf(banner, 'seconds')) * 1000
  const idleMs = Number(dataOf(banner, 'idleSeconds')) * 1000
  let idleEndsAt = Date.now() + idleMs
  let isTold = false
  let isOver = false
  const tabs = new BroadcastChannel('purser-login-as')

  // A page in another tab is a page as well; if it is another customer's, that login has taken the place of this one.
  tabs.addEventListener('message', ({ data }) => {
    if (data.loginAs !== loginAs) return over()
    idleEndsAt = Math.max(idleEndsAt, data.idleEndsAt)
    show()
  })
  tabs.postMessage({ loginAs, idleEndsAt })

  goOn.addEventListener('click', async () => {
    const answer = await fetch(dataOf(goOn, 'loginAsOn'), { method: 'HEAD', redirect: 'manual' }).catch(
      () => null,
    )
    // Where the server cannot be reached the time goes on, and the button can be pressed again.
    if (!answer || answer.status >= 500) return
    // A redirect means that nobody is logged in here.
    if (!answer.ok) return over()
    idleEndsAt = Date.now() + idleMs
    tabs.postMessage({ loginAs, idleEndsAt })
    show()
    findHtml(exit, 'button').focus()
  })

  function show() {
    if (isOver) return
    const ms = Math.min(endsAt, idleEndsAt) - Date.now()
    if (ms <= 0) return over()
    const isSoon = ms <= soonMs
    const isIdle = isSoon && idleEndsAt < endsAt
    const whole = Math.ceil((isIdle ? ms : endsAt - Date.now()) / 1000)
    const clock = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
    left.textContent = dataOf(left, isIdle ? 'idle' : 'left').replace('{time}', clock)
    goOn.hidden = !isIdle
    if (isSoon !== isTold) said.textContent = isSoon ? dataOf(said, 'soon') : ''
    isTold = isSoon
  }

  function over() {
    isOver = true
    clearInterval(ticking)
    tabs.close()
    banner.classList.add('is-over')
    for (const part of allHtml(banner, '[data-login-as-now]')) part.hidden = true
    goOn.hidden = true
    said.textContent = dataOf(said, 'over')
    out.hidden = false
  }

  exit.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (exit.hasAttribute('data-busy')) return
    setBusy(exit, true)
    const body = new URLSearchParams(textsOf(new FormData(exit)))
    const answer = await fetch(exit.action, { method: 'POST', body, redirect: 'manual' }).catch(() => null)
    // Whatever else there is to say is a page: it is asked for as without script.
    if (answer?.type !== 'opaqueredirect') return exit.submit()
    await leave()
  })

  out.addEventListener('click', (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    void leave()
  })

  /** Closes the tab where the portal is in another one, and becomes the customer's page where it is not, or where the browser keeps it. */
  async function leave() {
    if (await isPortalOpen()) close()
    if (!window.closed) location.assign(out.href)
  }

  const ticking = setInterval(show, 1000)
  // A page that was put away or asleep has not counted.
  addEventListener('pageshow', show)
  document.addEventListener('visibilitychange', show)
  show()
}

/** Whether a page of the portal stands in another tab of this browser. @returns {Promise<boolean>} */
function isPortalOpen() {
  return new Promise((resolve) => {
    setTimeout(resolve, answerMs, false)
    portal.addEventListener('message', ({ data }) => data === 'yes' && resolve(true))
    portal.postMessage('is anybody there?')
  })
}
