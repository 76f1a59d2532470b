import { systemClock } from '@mynah/shared/time/clock.ts'
import { movedProof, movedQuestionProof } from '@mynah/shared/wire/moved-cloud.ts'
import { describe, expect, test } from 'vitest'
import { askMoved } from '../../src/link/ask-moved.ts'

const deviceSecret = new Uint8Array(32).fill(7)
const identity = {
  deviceId: 'kitchen',
  deviceSecret,
  cloudUrl: 'http://192.168.1.20:8700',
  mqttUrl: 'mqtt://192.168.1.20:8783',
}
const place = { mqttUrl: 'mqtt://192.168.1.30:8783', udp: { host: '192.168.1.30', port: 8710 } }
const found = new URL('http://192.168.1.30:8700/')

type Question = { readonly device_id: string; readonly nonce: string; readonly url: string; readonly proof: string }

const ask = async (answer: (question: Question) => Response) => {
  const asked: { readonly url: string; readonly question: Question }[] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const question = JSON.parse(String(init?.body))
    asked.push({ url: String(url), question })
    return answer(question)
  }
  return { moved: await askMoved({ clock: systemClock, fetch }, identity, found, new AbortController().signal), asked }
}
const says = (proof: string, { mqttUrl, udp } = place) => Response.json({ v: 1, mqtt: { url: mqttUrl }, udp, proof })
const proven =
  (secret = deviceSecret, changed: Partial<Question> = {}) =>
  (question: Question) => {
    const { device_id: deviceId, nonce, url } = { ...question, ...changed }
    return says(movedProof(secret, { deviceId, nonce, url }, place))
  }

describe('a cloud at another address', () => {
  test('is known by its proof, and everything of it is there', async () => {
    const { moved, asked } = await ask(proven())
    expect(moved).toEqual({ ...identity, ...place, cloudUrl: 'http://192.168.1.30:8700' })
    const [{ url, question } = { url: '', question: undefined }] = asked
    expect(url).toBe('http://192.168.1.30:8700/api/enrol/moved')
    expect(question).toMatchObject({ device_id: 'kitchen', url: 'http://192.168.1.30:8700' })
    expect(question?.proof).toBe(
      movedQuestionProof(deviceSecret, { deviceId: 'kitchen', nonce: question?.nonce ?? '', url: question?.url ?? '' }),
    )
    expect(JSON.stringify(asked)).not.toContain(Buffer.from(deviceSecret).toString('base64url'))
  })

  test.each<[string, (question: Question) => Response]>([
    ['does not hold the secret', proven(new Uint8Array(32).fill(8))],
    ['was asked by another speaker', proven(deviceSecret, { device_id: 'attic' })],
    ['answers an older question', proven(deviceSecret, { nonce: 'A'.repeat(22) })],
    [
      'is at home somewhere else, and was passed the question',
      proven(deviceSecret, { url: 'http://192.168.1.40:8700' }),
    ],
    [
      'has control at a place that it does not prove',
      ({ nonce, url }) =>
        says(movedProof(deviceSecret, { deviceId: 'kitchen', nonce, url }, place), {
          ...place,
          mqttUrl: 'mqtt://192.168.1.66:8783',
        }),
    ],
    ['gives the question back', ({ proof }) => says(proof)],
    ['does not know it', () => Response.json({ code: 'unauthenticated' }, { status: 401 })],
    ['is a stranger', () => new Response('<h1>Router</h1>')],
    ['is broken', () => new Response('', { status: 503 })],
  ])('is not one that %s', async (_what, answer) => {
    expect((await ask(answer)).moved).toBeUndefined()
  })

  test('is not where nobody answers', async () => {
    expect(
      (
        await ask(() => {
          throw new TypeError('fetch failed')
        })
      ).moved,
    ).toBeUndefined()
  })
})
