import { describe, expect, it } from 'vitest'
import { createPorcupine, findPorcupine } from '../../src/wake/porcupine.ts'
import type { WakeSettings } from '../../src/wake/wake-word.ts'
import { wakeWordContract } from './contract.ts'
import { flite, speak } from './synthetic-voice.ts'

const settings: WakeSettings = { words: ['jarvis'], preset: 'normal' }

describe('Porcupine', () => {
  it('says where an AccessKey comes from when there is none', async () => {
    for (const accessKey of [undefined, '', '  ']) {
      const created = await createPorcupine({ accessKey, settings })
      expect(created).toMatchObject({ ok: false, error: { code: 'access_key_missing' } })
      expect(!created.ok && created.error.message).toContain('console.picovoice.ai')
    }
  })

  it('says what to install when its package is absent', async () => {
    const created = await createPorcupine({ accessKey: 'key', settings, packageName: '@mynah/not-there' })
    expect(created).toMatchObject({ ok: false, error: { code: 'package_missing' } })
    expect(!created.ok && created.error.message).toContain('npm install @mynah/not-there')
  })

  it('says so when the package is something else', async () => {
    const created = await createPorcupine({ accessKey: 'key', settings, packageName: 'valibot' })
    expect(created).toMatchObject({ ok: false, error: { code: 'engine_failed' } })
  })

  it('says that an AccessKey is refused, and never repeats it', async () => {
    const accessKey = 'bm90IGEgcmVhbCBhY2Nlc3Mga2V5LCBub3QgYSByZWFsIGFjY2VzcyBrZXksIG5vdA=='
    const created = await createPorcupine({ accessKey, settings })
    if (!created.ok && created.error.code === 'package_missing') return
    expect(created).toMatchObject({ ok: false, error: { code: 'access_key_refused' } })
    expect(JSON.stringify(created)).not.toContain(accessKey)
  })

  it('beside openWakeWord takes the words that it knows, and none without a key', async () => {
    expect(await findPorcupine({ accessKey: ' ' })).toMatchObject({ ok: false, error: { code: 'access_key_missing' } })
    const found = await findPorcupine({ accessKey: 'key', keywordFiles: { mynah: '/mynah.ppn' } })
    if (!found.ok) return expect(found.error.code).toBe('package_missing')
    const words = ['hey_jarvis', 'computer', 'mynah', '小智小智', 'hey_mycroft']
    expect(words.map(found.value.knows)).toEqual([true, true, true, false, false])
    expect(await found.value.open(settings)).toMatchObject({ ok: false })
  })

  it('names its words when asked for another', async () => {
    const created = await createPorcupine({ accessKey: 'key', settings: { words: ['xiaozhi'], preset: 'normal' } })
    if (!created.ok && created.error.code === 'package_missing') return
    expect(created).toMatchObject({ ok: false, error: { code: 'unknown_word' } })
    expect(!created.ok && created.error.message).toContain('jarvis')
  })
})

const accessKey = process.env.PORCUPINE_ACCESS_KEY
if (accessKey && flite.isMet) {
  wakeWordContract({
    name: 'Porcupine',
    open: async () => {
      const created = await createPorcupine({ accessKey, settings })
      if (!created.ok) throw new Error(created.error.message)
      return created.value
    },
    word: 'jarvis',
    otherWord: 'alexa',
    saying: (word) => speak(`${word}`, 'flite:slt'),
    sayingSomethingElse: () => speak('the weather is nice today, is it not', 'flite:rms'),
  })
} else {
  it.skip('Porcupine as a wake word detector: its engine runs only with an AccessKey (PORCUPINE_ACCESS_KEY) and a voice (flite)', () => {})
}
