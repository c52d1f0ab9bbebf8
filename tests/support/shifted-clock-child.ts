// Loaded before anything else (node --import) into a process of a test: to all code in it, libraries too, the machine's clock is
// CLOCK_AHEAD_MS ahead, or behind where that is negative. What counts evenly, performance.now(), is as it was.

const aheadMs = Number(process.env.CLOCK_AHEAD_MS)
const Machine = Date
const now = () => Machine.now() + aheadMs

globalThis.Date = new Proxy(Machine, {
  apply: () => new Machine(now()).toString(),
  construct: (target, given, made) => Reflect.construct(target, given.length > 0 ? given : [now()], made),
  get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
})
Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + aheadMs })
