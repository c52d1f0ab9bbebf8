// Runs before the page is painted: sets the chosen colour scheme, and says that scripts run. Without a choice the system's is followed.
document.documentElement.classList.add('js')
try {
  const scheme = localStorage.getItem('purser-scheme')
  if (scheme === 'light' || scheme === 'dark') document.documentElement.dataset.bsTheme = scheme
} catch {
  // A browser that forbids storage follows the system.
}
