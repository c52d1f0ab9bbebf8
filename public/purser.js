// Everything here is comfort: each page works without it.
import './copy.js'
import './dialogs.js'
import './flashes.js'
import './forms.js'
import './money-preview.js'
import './scheme.js'
import './search.js'
import './tags.js'
