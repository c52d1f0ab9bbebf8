// What is shown once goes when its page is left, even if a browser keeps the page for Back although it was asked not to.
addEventListener('pagehide', () => {
  for (const secret of document.querySelectorAll('[data-password]')) {
    secret.dataset.password = ''
    secret.textContent = ''
  }
})
