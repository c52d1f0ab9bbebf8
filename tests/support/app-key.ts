/** The application's key of every test's Purser that has a database of the run's own server. */
export const APP_KEY = Buffer.alloc(32, 7).toString('base64')

/** For a process on such a database: one that is in use is served with its own key only, and none is made for it. */
export const keyFor = (env: Record<string, string>) => (env.DATABASE_URL ? { APP_KEY } : {})
