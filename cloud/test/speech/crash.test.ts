import { fileURLToPath } from 'node:url'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { expect, test } from 'vitest'
import { eventually } from '../../../test/eventually.ts'
import { createRivaSpeechToText } from '../../src/providers/stt/riva.ts'
import { createRivaTextToSpeech } from '../../src/providers/tts/riva.ts'
import { createSupervisedChild } from '../../src/supervise/supervised-child.ts'
import { collect, inFrames, never } from './speech-server-fixture.ts'

type Ready = { readonly pid: number; readonly port: number }

const request = { language: 'en', sampleRateHz: 16_000 } as const
const noise = (durationMs: number) => new Int16Array(durationMs * 16).fill(900)
const script = fileURLToPath(new URL('./speech-process.ts', import.meta.url))

test('a speech service killed in mid-utterance fails that turn alone and is back for the next', async () => {
  const stop = new AbortController()
  const child = createSupervisedChild<Ready>({
    clock: systemClock,
    log: silentLog,
    random: () => 0,
    name: 'speech service',
    nodeArguments: (last) => ['--import', 'tsx', script, String(last?.port ?? 0)],
    env: process.env,
    parseReady: (line) => JSON.parse(line),
    onLogLine: () => {},
  })
  const running = child.run(stop.signal)
  const first = await child.firstReady(stop.signal)
  if (!first) throw new Error('the speech service did not start')
  const server = { clock: systemClock, address: `127.0.0.1:${first.port}` }
  const [stt, tts] = [createRivaSpeechToText(server), createRivaTextToSpeech(server)]

  const killInTheMiddle = async function* () {
    yield* inFrames(noise(400))
    process.kill(first.pid, 'SIGKILL')
    // The microphone goes on whatever becomes of the server.
    for (;;) {
      await systemClock.sleep(20)
      yield noise(20)
    }
  }
  await expect(collect(stt.transcribe(killInTheMiddle(), request, never()))).rejects.toMatchObject({
    name: 'StageError',
    stage: 'stt',
    code: expect.stringMatching(/^(unavailable|crashed)$/),
  })

  await eventually(
    () => child.current() !== undefined && child.current()?.pid !== first.pid,
    'the speech service comes back',
  )
  const transcripts = await collect(stt.transcribe(inFrames(noise(800)), request, never()))
  expect(transcripts.at(-1)).toMatchObject({ final: true, text: 'what time is it' })
  const spoken = await collect(tts.synthesize({ text: 'all is well', language: 'en' }, never()))
  expect(spoken.length).toBeGreaterThan(0)

  stt.close()
  tts.close()
  stop.abort()
  await running
})
