import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { playbackSampleRateHz } from '@mynah/device/audio/ports.ts'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { systemClock as clock } from '@mynah/shared/time/clock.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createVirtualSoundCard,
  noSoundCardReason,
  type VirtualSoundCard,
} from '../../../device/test/audio/backends/virtual-sound-card.ts'
import { requirement } from '../../../test/requirement.ts'
import { intelligibilityOf } from '../../src/intelligible.ts'
import { sayText } from '../../src/person.ts'

const never = new AbortController().signal
const noCard = noSoundCardReason()
const soundCard = requirement(noCard === undefined, noCard ?? '')
const repository = join(import.meta.dirname, '../../..')

/** `npm run simulator -- mic --json` on the default card of ALSA; its lines come in order from both its outputs. */
const startMic = () => {
  const args = ['--import', 'tsx', 'simulator/src/main.ts', 'mic', '--json']
  const child = spawn(process.execPath, args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  for (const output of [child.stdout, child.stderr]) createInterface(output).on('line', (line) => lines.push(line))
  const lineWith = async (pattern: RegExp, limitMs: number) => {
    const untilMs = clock.now() + limitMs
    for (;;) {
      const line = lines.find((said) => pattern.test(said))
      if (line !== undefined) return line
      if (clock.now() > untilMs || child.exitCode !== null)
        throw new Error(`no line like ${pattern}; it said:\n${lines.join('\n')}`)
      await clock.sleep(50)
    }
  }
  const end = async () => {
    if (child.exitCode !== null) return child.exitCode
    const closed = once(child, 'close')
    child.kill('SIGINT')
    const [code] = await closed
    return code as number | null
  }
  return { lineWith, end }
}

/** What sounded last, without the tones before it: from half a second of silence on. */
const lastWordsIn = (samples: Int16Array): Int16Array => {
  const last = samples.findLastIndex((sample) => Math.abs(sample) > 100)
  let begin = last
  for (let at = last; at >= 0 && begin - at < playbackSampleRateHz / 2; at--)
    if (Math.abs(samples[at] ?? 0) > 100) begin = at
  return samples.slice(Math.max(0, begin - 2_400), last + 2_400)
}

describe.skipIf(!soundCard.isMet)(soundCard.naming('this computer as a speaker'), () => {
  let card: VirtualSoundCard
  let mic: ReturnType<typeof startMic>
  beforeAll(async () => {
    card = await createVirtualSoundCard()
    mic = startMic()
  }, 60_000)
  afterAll(async () => {
    await mic?.end()
    await card?.close()
  }, 30_000)

  test('hears a question at its microphone and answers aloud by its loudspeaker, until Ctrl-C', async () => {
    await mic.lineWith(/Say "hey jarvis"/, 60_000)
    const question = await sayText({ text: 'hey jarvis, what is twelve times seven', language: 'en' }, never)
    if (!question.ok) throw new Error(question.error.message)
    const listening = card.listen()
    await card.speak(concatSamples([new Int16Array(16_000), question.value.samples, new Int16Array(8_000)]))
    const turn = JSON.parse(await mic.lineWith(/^\{/, 30_000)) as { heard: string; reply: string; phase: string }
    expect(turn).toMatchObject({ heard: expect.stringContaining('what is twelve times seven') })
    expect(turn.reply).toMatch(/84|eighty.?four/)
    const sound = { samples: lastWordsIn(listening.heard()), sampleRateHz: playbackSampleRateHz, text: turn.reply }
    await listening.end()
    expect(await intelligibilityOf(sound, never)).toMatchObject({ ok: true, value: { by: 'words' } })
    expect(await mic.end()).toBe(0)
  }, 120_000)
})
