// The choice of colour scheme in the account menu. theme.js applies it on every later page.
import { all } from './dom.js'

const root = document.documentElement

for (const choice of all(document, 'input[name="scheme"]', HTMLInputElement)) {
  choice.checked = choice.value === (root.dataset.bsTheme ?? '')
  choice.addEventListener('change', () => {
    if (choice.value) root.dataset.bsTheme = choice.value
    else delete root.dataset.bsTheme
    try {
      localStorage.setItem('purser-scheme', choice.value)
    } catch {
      // Without storage the choice lasts for this page.
    }
  })
}
