import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import cookieParser from 'cookie-parser'
import express, { type RequestHandler } from 'express'
import session from 'express-session'
import helmet from 'helmet'
import { canLocal } from './actions/can.ts'
import { noteRefused } from './audit/refused-requests.ts'
import { loadConsoleActor } from './console/load-actor.ts'
import { tellWhatIsOver } from './console/over.ts'
import { refuseUnderReadOnly } from './console/record-login-as.ts'
import { consoleRoutes } from './console/routes.ts'
import { endLoginAsSessions } from './login-as/end.ts'
import { DESCRIBED } from './ledger/kinds.ts'
import { mailLabel } from './mails/all-mails.ts'
import { limitPages, readSessionAnew } from './people/limit-pages.ts'
import { loadStaffActor } from './people/load-actor.ts'
import { pageLocals } from './people/page-locals.ts'
import { askForProof } from './people/proof-pages.ts'
import { SessionStore } from './people/session-store.ts'
import { endWithSessions, sessionIdFor } from './people/sessions.ts'
import { answerStaleForm } from './people/stale-form.ts'
import { mainMenuLocal } from './portal/main-menu.ts'
import { portalRoutes } from './portal/routes.ts'
import type { Services } from './services.ts'
import { assets } from './web/assets.ts'
import { cleanClientAddress } from './web/client-address.ts'
import { cookieName, cookieOptions, onlyTextCookies, secureByAppUrl, servedOverHttps } from './web/cookies.ts'
import { csrfProtection, csrfTokens } from './web/csrf.ts'
import { failures, missing } from './web/errors.ts'
import { takeFlash } from './web/flash.ts'
import { showFormAgain } from './web/form-again.ts'
import { demoByItsName, demoOnlyHere } from './web/from-here.ts'
import { health } from './web/health.ts'
import { iconIn } from './web/icons.ts'
import { answerInTime } from './web/in-time.ts'
import { logRequests } from './web/request-log.ts'
import { type SiteName, siteOf } from './web/site.ts'

/** Purser as an Express application: the way of a request, from top to bottom. Listens nowhere. */
export function createApp(services: Services) {
  const { config, keys } = services
  const app = express()
  app.locals.services = services
  endWithSessions(endLoginAsSessions)
  app.locals.mailLabel = mailLabel
  const { serve: serveAssets, asset } = assets({ isDevelopment: config.environment === 'development' })
  app.locals.asset = asset
  app.locals.icon = (name: string) => iconIn(asset('icons.svg'), name)
  app.locals.described = DESCRIBED
  app.disable('x-powered-by')
  // Without it, Express asks NODE_ENV itself, and takes it for development when it is not set.
  app.set('env', config.environment)
  app.set('trust proxy', config.trustProxy)
  app.set('query parser', 'simple')
  // No page is kept by a browser, so none can be asked whether it has changed.
  app.set('etag', false)
  app.set('views', fileURLToPath(new URL('../views', import.meta.url)))
  app.set('view cache', config.environment !== 'development')

  app.use((req, _res, next) => {
    req.id = randomUUID()
    next()
  })
  app.use(cleanClientAddress)
  app.use(logRequests)
  app.use(answerInTime)
  app.use(securityHeaders(servedOverHttps(config)))
  app.use(permissionsPolicy)
  app.use('/assets', serveAssets)
  app.use(health)
  app.use((_req, res, next) => {
    // Nearly every page shows personal data: none is kept by a browser or a proxy.
    res.set('Cache-Control', 'no-store')
    next()
  })
  app.use(pageLocals)
  app.use(canLocal)
  app.use(mainMenuLocal)
  app.use(cookieParser(keys.all('cookie')))
  app.use(onlyTextCookies)
  app.use(secureByAppUrl(config))
  app.use(inItsPlace({ portal: sessions(services, 'portal'), console: sessions(services, 'console') }))
  const whoAsks = inItsPlace({ portal: loadStaffActor, console: loadConsoleActor })
  app.use(whoAsks)
  app.use(pageLocals)
  app.use(csrfTokens)
  app.use(demoOnlyHere)
  app.use(demoByItsName)
  // After it is known who asks, so that a request that is too large is answered on a page of its own site.
  app.use(LOGINS, urlencoded(LOGIN_BODY_MAX))
  app.use(urlencoded('64kb'))
  app.use(limitPages([readSessionAnew, whoAsks, pageLocals]))
  app.use(takeFlash)
  app.use('/console', tellWhatIsOver)
  app.use('/console', refuseUnderReadOnly)
  app.use(csrfProtection)
  const sites = [consoleRoutes(), portalRoutes()]
  app.use(sites)
  app.use(answerStaleForm)
  app.use(askForProof)
  app.use(showFormAgain([whoAsks, pageLocals, csrfTokens], sites))
  app.use(missing)
  app.use(noteRefused)
  app.use(failures)
  return app
}

const urlencoded = (limit: string) => express.urlencoded({ extended: false, limit, parameterLimit: 200 })

/** A login, or a proof, may carry a form that waits for it, which is 64 kB as any form, and a third more as text. */
const LOGINS = [
  ...['/login', '/login/factor', '/account/proof'],
  ...['/console/login', '/console/:reseller/login', '/console/login/factor', '/console/security/proof'],
]
const LOGIN_BODY_MAX = '128kb'

/** Staff and customers have sessions of their own, under cookies of their own: one browser may hold both. */
function sessions({ config, database, keys }: Services, site: SiteName) {
  return session({
    name: cookieName(config, site),
    secret: keys.all('cookie'),
    genid: sessionIdFor,
    store: new SessionStore(database, site === 'portal' ? 'staff' : 'customer'),
    // Lasts as long as the browser is open. How long the session does, people/session-limits.ts says.
    cookie: cookieOptions(config),
    resave: false,
    saveUninitialized: false,
  })
}

/** Two session middlewares on one way do not work, the first would win: each request takes its site's. */
function inItsPlace(by: Record<SiteName, RequestHandler>): RequestHandler {
  return (req, res, next) => by[siteOf(req)](req, res, next)
}

/** No inline script or style, nothing from elsewhere, no frame around us. */
function securityHeaders(https: boolean) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        // A mail, as who gets it sees it: see portal/mails/letter.ts. No page of ours lets itself be framed besides.
        frameSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: https,
  })
}

/**
 * What pages of ours never ask a browser for: a script that got in could not either. Copying to the clipboard stays theirs. Only what
 * browsers know by this name: of anything else they warn on each page.
 */
const FORBIDDEN_TO_PAGES =
  `accelerometer autoplay browsing-topics camera clipboard-read display-capture encrypted-media fullscreen gamepad
   geolocation gyroscope hid idle-detection local-fonts magnetometer microphone midi payment picture-in-picture
   screen-wake-lock serial storage-access usb window-management xr-spatial-tracking`.split(/\s+/)

/** Passkeys: for our pages, and for no frame of somebody else's. */
const OURS_ALONE = ['publickey-credentials-create', 'publickey-credentials-get']

const PERMISSIONS_POLICY = [
  ...FORBIDDEN_TO_PAGES.map((feature) => `${feature}=()`),
  ...OURS_ALONE.map((feature) => `${feature}=(self)`),
].join(', ')

/** helmet has no such header. https://www.w3.org/TR/permissions-policy/ */
const permissionsPolicy: RequestHandler = (_req, res, next) => {
  res.set('Permissions-Policy', PERMISSIONS_POLICY)
  next()
}
