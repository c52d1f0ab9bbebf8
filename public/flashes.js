// Toasts: said aloud, put away by hand, and the harmless ones by themselves after eight seconds without pointer or focus on them. Above a
// page that is one card they stand in the flow and stay, since all below would move up.
const seconds = 8

for (const region of document.querySelectorAll('.flashes')) {
  // A live region announces what is added to it, not what it was born with.
  const flashes = [...region.children]
  region.replaceChildren()
  requestAnimationFrame(() => region.append(...flashes))
  for (const flash of flashes) {
    flash.querySelector('[data-dismiss]').addEventListener('click', () => flash.remove())
    if (flash.dataset.tone === 'done' && region.closest('.content')) leaveInTime(flash)
  }
}

function leaveInTime(flash) {
  let timer
  const hold = () => clearTimeout(timer)
  const count = () => {
    hold()
    timer = setTimeout(() => flash.remove(), seconds * 1000)
  }
  flash.addEventListener('pointerenter', hold)
  flash.addEventListener('focusin', hold)
  flash.addEventListener('pointerleave', count)
  flash.addEventListener('focusout', count)
  count()
}
