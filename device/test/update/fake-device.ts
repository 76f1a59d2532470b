import { readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { install } from '../../src/update/installer.ts'
import { createSlots } from '../../src/update/slots.ts'
import { runTrial } from '../../src/update/trial.ts'

/**
 * The program of a release in update-power-cut.test.ts: the real installer and the real trial, with a health that release.json decides.
 * Says on standard output how far it is.
 */
const root = process.argv[2] ?? ''
const own = dirname(realpathSync(process.argv[1] ?? ''))
const release = JSON.parse(readFileSync(join(own, 'release.json'), 'utf8'))
const say = (line: string) => void process.stdout.write(`${line}\n`)

say(`running ${release.version}`)
if (release.behaviour === 'crashes') process.exit(3)

const slots = createSlots(root)
const signal = new AbortController().signal
const isWell = release.behaviour === 'well'
await runTrial(
  {
    clock: systemClock,
    log: silentLog,
    slots,
    health: () => ({ audio: isWell, wakeWord: isWell, cloud: isWell }),
    limitMs: 300,
    onEnd: (outcome) => {
      say(outcome)
      if (outcome === 'rolled_back') process.exit(0)
    },
  },
  signal,
)
const { offer, cloudUrl, trustedKey } = JSON.parse(readFileSync(join(root, 'offer.json'), 'utf8'))
const installed = await install(
  {
    clock: systemClock,
    log: silentLog,
    fetch,
    root,
    slots,
    trustedKeys: [trustedKey],
    target: 'x64',
    version: release.version,
    cloudUrl,
    bearer: 'kitchen:secret',
    isCloudReached: () => true,
    freeBytes: async () => 1e12,
    isQuiet: () => true,
    onStep: (step) => say(step),
  },
  offer,
  signal,
)
say(installed.ok ? 'installed' : `settled ${installed.error.code}`)
// A speaker runs until it is stopped; after an installation it ends, to be started anew.
if (!installed.ok) await systemClock.sleep(600_000)
