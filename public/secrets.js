// What is shown once goes when its page is left, should a browser keep the page for Back although it was told not to.
addEventListener('pagehide', () => {
  for (const secret of document.querySelectorAll('[data-password]')) {
    secret.dataset.password = ''
    secret.textContent = ''
  }
})
