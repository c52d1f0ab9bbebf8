// A hash takes as long to make as it takes somebody to try a password, and tests log in thousands of times with the same one. Whether a
// password fits a hash never changes: that it does is worked out once in each worker and remembered. Whatever does not fit, or is not
// known yet, is worked out, and new hashes are made, each time.
import argon2 from 'argon2'

const FITTING = Symbol.for('purser-fitting')
const hashing = argon2 as typeof argon2 & { [FITTING]?: Set<string> }

if (!hashing[FITTING]) {
  const fitting = new Set<string>()
  const { verify } = argon2
  Object.assign(hashing, {
    [FITTING]: fitting,
    verify: async (...asked: Parameters<typeof verify>) => {
      const pair = JSON.stringify(asked)
      if (fitting.has(pair)) return true
      const fits = await verify(...asked)
      if (fits) fitting.add(pair)
      return fits
    },
  })
}
