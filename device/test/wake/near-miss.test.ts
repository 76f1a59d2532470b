import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClaimFile } from '../../src/claim/claim-file.ts'
import { type NearMiss, noNearMiss, stepNearMiss } from '../../src/wake/near-miss.ts'
import { createNearMissFolder, nearMissFolderName } from '../../src/wake/near-miss-folder.ts'
import { createOpenWakeWord } from '../../src/wake/open-wake-word.ts'
import { armedTrigger, stepTrigger, triggerRuleOf } from '../../src/wake/trigger.ts'
import { hearAll } from './contract.ts'
import { flite, speak } from './synthetic-voice.ts'

const rule = triggerRuleOf('normal')

/** The near misses of a run of scores, by the real trigger. */
const missesOf = (...scores: readonly number[]): readonly NearMiss[] => {
  let trigger = armedTrigger
  let state = noNearMiss
  return scores.flatMap((score, index) => {
    const heard = { atSample: index, prominenceDb: 0, scores: [{ word: 'hey_jarvis', score }] }
    const [nextTrigger, detection] = stepTrigger(trigger, heard, rule)
    trigger = nextTrigger
    const [next, miss] = stepNearMiss(state, heard, { detection, rule })
    state = next
    return miss ? [miss] : []
  })
}
const quiet = [0, 0, 0, 0, 0]

describe('a near miss', () => {
  it('is told once, when it is over, with its likest moment', () => {
    expect(missesOf(0, 0.16, 0.3, 0.2, 0, 0.18)).toEqual([])
    expect(missesOf(0, 0.16, 0.3, 0.2, 0, 0.18, ...quiet, ...quiet)).toEqual([
      { word: 'hey_jarvis', score: 0.3, atSample: 2 },
    ])
  })
  it('is none when it was the word, before and after its decision', () => {
    expect(missesOf(0, 0.2, 0.9, 0.9, 0.2, 0.2, ...quiet, ...quiet)).toEqual([])
  })
  it('is none for ordinary speech', () => {
    expect(missesOf(0, 0.05, 0.1, 0.02, ...quiet)).toEqual([])
  })
  it('may be followed by another', () => {
    expect(missesOf(0.2, ...quiet, 0.3, ...quiet)).toHaveLength(2)
  })
})

describe('the folder of near misses', () => {
  let dir = ''
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mynah-near-'))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  it('keeps the newest few, for this user only, until the owner parts from the speaker', async () => {
    const clock = createManualClock()
    const folder = createNearMissFolder({ clock, log: silentLog, storeDir: dir, mostKept: 2 })
    for (const score of [0.2, 0.21, 0.22]) {
      folder.keep({ word: '小智/..', score, atSample: 0 }, new Int16Array(1_600))
      await clock.advance(1_000)
      await folder.settled()
    }
    const kept = (await readdir(join(dir, nearMissFolderName))).sort()
    expect(kept.map((name) => name.split('_').slice(1).join('_'))).toEqual(['小智____0.21.wav', '小智____0.22.wav'])
    const file = join(dir, nearMissFolderName, kept[0] ?? '')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(decodeWav(await readFile(file))).toMatchObject({ ok: true, value: { sampleRateHz: 16_000 } })
    await createClaimFile(dir, silentLog).forgetOwner()
    expect(await readdir(dir)).toEqual([])
  })
})

it.skipIf(!flite.isMet)(
  flite.naming('the detector tells near misses to who asked, with the sound, and never a wake'),
  async () => {
    const misses: [string, number][] = []
    const detector = await createOpenWakeWord({
      settings: { words: ['hey_jarvis'], preset: 'strict' },
      onNearMiss: ({ word }, samples) => misses.push([word, samples.length]),
    })
    if (!detector.ok) throw new Error(detector.error.message)
    expect(await hearAll(detector.value, speak('hey jarvis', 'flite:slt'))).toHaveLength(1)
    expect(misses).toEqual([])
    expect(await hearAll(detector.value, speak('hey charles', 'flite:awb'))).toEqual([])
    expect(misses).toEqual([['hey_jarvis', 40_000]])
    await detector.value.close()
  },
)
