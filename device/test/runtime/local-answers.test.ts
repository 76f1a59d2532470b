import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/device-config.ts'
import { createLocalAnswers } from '../../src/runtime/local-answers.ts'
import { createScriptedUnderstanding } from './scripted-understanding.ts'

it('what the disk refuses to keep is answered all the same', async () => {
  const asked: number[] = []
  const answers = createLocalAnswers({
    clock: createManualClock(),
    log: silentLog,
    deviceId: 'kitchen',
    understanding: createScriptedUnderstanding().understanding,
    schedule: { items: () => [], receive: async () => {}, stopRinging: async () => {} },
    volume: {
      current: () => 40,
      set: async (volume) => {
        asked.push(volume)
        throw new Error('no space left on the disk')
      },
    },
    config: () => defaultConfig,
  })
  const said = { type: 'text', text: 'set the volume to thirty' } as const
  const answer = await answers.answer({ said, tellAway: false }, new AbortController().signal)
  expect(answer).toMatchObject({ ok: true, value: { understood: true, sentences: ['Volume thirty percent.'] } })
  expect(asked).toEqual([30])
})
