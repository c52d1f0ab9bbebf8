// The banner of a login as a customer: counts its time down, offers to stay before ten minutes without a page end it, and says when it
// is over, be it because another one began in another tab. Screen readers are told twice, two minutes before the end and at the end; the ticking itself is a timer, which is silent.
const banner = document.querySelector('[data-stay]')
const soonMs = 120_000

if (banner) {
  const { stay, seconds, idleSeconds } = banner.dataset
  const left = banner.querySelector('.stay-left')
  const said = banner.querySelector('[role="status"]')
  const stayOn = banner.querySelector('[data-stay-on]')
  // Counted from here, not compared with a clock that may be wrong.
  const endsAt = Date.now() + Number(seconds) * 1000
  const idleMs = Number(idleSeconds) * 1000
  let idleEndsAt = Date.now() + idleMs
  let isTold = false
  let isOver = false
  const tabs = new BroadcastChannel('purser-stay')

  // A page in another tab is a page as well; if it is another customer's, that login has taken the place of this one.
  tabs.addEventListener('message', ({ data }) => {
    if (data.stay !== stay) return over()
    idleEndsAt = Math.max(idleEndsAt, data.idleEndsAt)
    show()
  })
  tabs.postMessage({ stay, idleEndsAt })

  stayOn.addEventListener('click', async () => {
    const answer = await fetch(stayOn.dataset.stayOn, { method: 'HEAD', redirect: 'manual' }).catch(
      () => null,
    )
    // Where the server cannot be reached the time goes on, and the button can be pressed again.
    if (!answer || answer.status >= 500) return
    // A redirect means that nobody is logged in here.
    if (!answer.ok) return over()
    idleEndsAt = Date.now() + idleMs
    tabs.postMessage({ stay, idleEndsAt })
    show()
    banner.querySelector('form button').focus()
  })

  function show() {
    if (isOver) return
    const ms = Math.min(endsAt, idleEndsAt) - Date.now()
    if (ms <= 0) return over()
    const isSoon = ms <= soonMs
    const isIdle = isSoon && idleEndsAt < endsAt
    const whole = Math.ceil((isIdle ? ms : endsAt - Date.now()) / 1000)
    const clock = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
    left.textContent = left.dataset[isIdle ? 'idle' : 'left'].replace('{time}', clock)
    stayOn.hidden = !isIdle
    if (isSoon !== isTold) said.textContent = isSoon ? said.dataset.soon : ''
    isTold = isSoon
  }

  function over() {
    isOver = true
    clearInterval(ticking)
    tabs.close()
    banner.classList.add('is-over')
    for (const part of banner.querySelectorAll('[data-stay-now]')) part.hidden = true
    stayOn.hidden = true
    said.textContent = said.dataset.over
    banner.querySelector('[data-stay-out]').hidden = false
  }

  const ticking = setInterval(show, 1000)
  // A page that was put away or asleep has not counted.
  addEventListener('pageshow', show)
  document.addEventListener('visibilitychange', show)
  show()
}
