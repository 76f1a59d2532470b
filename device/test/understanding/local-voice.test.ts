import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { describe, expect, it } from 'vitest'
import { findLocalVoice } from '../../src/understanding/local-voice.ts'
import { espeak, flite } from '../wake/synthetic-voice.ts'

const searchPath = process.env.PATH ?? ''

describe('the voice of this machine', () => {
  it.skipIf(!flite.isMet)(flite.naming('speaks English by flite at the rate of the loudspeaker'), async () => {
    const voice = findLocalVoice({ clock: systemClock, language: 'en', searchPath })
    expect(voice?.name).toBe('flite')
    const sound = (await voice?.speak('Timer set for five minutes.')) ?? new Int16Array()
    expect(sound.length / 24_000).toBeGreaterThan(1)
    expect(sound.length / 24_000).toBeLessThan(4)
    expect(levelDbfs(sound)).toBeGreaterThan(-40)
  })
  it.skipIf(!espeak.isMet)(espeak.naming('speaks Chinese by espeak-ng'), async () => {
    const voice = findLocalVoice({ clock: systemClock, language: 'zh', searchPath })
    const sound = (await voice?.speak('计时器已设好，五分钟。')) ?? new Int16Array()
    expect(levelDbfs(sound)).toBeGreaterThan(-40)
  })
  it.skipIf(!flite.isMet)(flite.naming('takes a text that looks like an option for a text'), async () => {
    const voice = findLocalVoice({ clock: systemClock, language: 'en', searchPath })
    expect((await voice?.speak('-o /tmp/other.wav'))?.length).toBeGreaterThan(1_000)
  })
  it('is none where no program is installed', () => {
    expect(findLocalVoice({ clock: systemClock, language: 'en', searchPath: '/nowhere' })).toBeUndefined()
  })
})
