import { createLanEar } from '@mynah/device/understanding/lan-ear.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { expect, it } from 'vitest'
import { startTestServer } from '../../cloud/test/speech/speech-server-fixture.ts'

it('a speaker without its cloud is heard by the speech service that the cloud uses, by hand-made bytes', async () => {
  const server = await startTestServer()
  try {
    const url = `http://${server.address}`
    const ear = createLanEar({
      clock: systemClock,
      url,
      language: 'en',
      jsgf: '#JSGF V1.0; grammar g; public <g> = hello;',
    })
    const heard = await ear.hear(new Int16Array(16_000).fill(1_000))
    expect(heard).toMatchObject({ ok: true })
    expect(heard.ok && heard.value).toMatch(/\w/)
  } finally {
    await server.close()
  }
})
