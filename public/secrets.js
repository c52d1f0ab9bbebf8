// What is shown once goes when its page is left, even if a browser keeps the page for Back although it was asked not to.
import { allHtml } from './dom.js'

addEventListener('pagehide', () => {
  for (const secret of allHtml(document, '[data-password]')) {
    secret.dataset.password = ''
    secret.textContent = ''
  }
})
