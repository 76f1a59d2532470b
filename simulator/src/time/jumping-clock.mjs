// Loaded by `--import` into each process of a cloud under test: its wall clock can be set wrong while it runs, as a bad time server does,
// and the monotonic clock goes on. The file that MYNAH_CLOCK_OFFSET_FILE names holds by how many milliseconds; without it nothing changes.
// Plain JavaScript: the cloud runs from a bundle, without a loader. Clocks beyond JavaScript (SQLite's, the stamps of files) stay right.
import { readFileSync } from 'node:fs'

const lookEveryMs = 50
const path = process.env.MYNAH_CLOCK_OFFSET_FILE

const readOffset = () => {
  try {
    return Number(readFileSync(path, 'utf8')) || 0
  } catch {
    // Nobody has set the clock yet.
    return 0
  }
}

if (path !== undefined) {
  const SystemDate = Date
  let offsetMs = readOffset()
  const now = () => SystemDate.now() + offsetMs
  globalThis.Date = new Proxy(SystemDate, {
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => String(new SystemDate(now())),
  })
  // What a process calls the wall time of its start is that of the wrong clock, too.
  Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + offsetMs })
  setInterval(() => {
    offsetMs = readOffset()
  }, lookEveryMs).unref()
}
