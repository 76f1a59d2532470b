import { systemClock } from '@mynah/shared/time/clock.ts'
import { type Standing, standingProof, standingQuestionProof } from '@mynah/shared/wire/standing.ts'
import { describe, expect, test } from 'vitest'
import { askStanding } from '../../src/claim/ask-standing.ts'

const deviceSecret = new Uint8Array(32).fill(7)
const identity = { deviceId: 'kitchen', deviceSecret, cloudUrl: 'http://cloud.test:8700' }
const never = new AbortController().signal

type Question = { readonly device_id: string; readonly nonce: string; readonly proof: string }

/** Asks a cloud that answers so; also what it was asked. */
const ask = async (answer: (question: Question) => Response | Promise<Response>) => {
  const asked: { readonly url: string; readonly question: Question }[] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const question = JSON.parse(String(init?.body))
    asked.push({ url: String(url), question })
    return answer(question)
  }
  return { standing: await askStanding({ clock: systemClock, fetch }, identity, never), asked }
}
const says = (standing: Standing, proof: string) => Response.json({ v: 1, standing, proof })
const proven =
  (standing: Standing, secret = deviceSecret) =>
  ({ device_id, nonce }: Question) =>
    says(standing, standingProof(secret, { deviceId: device_id, nonce }, standing))

describe('a speaker that is refused', () => {
  test.each(['enrolled', 'released'] as const)('learns from its own cloud that it is %s', async (standing) => {
    const { standing: learned, asked } = await ask(proven(standing))
    expect(learned).toBe(standing)
    const [{ url, question } = { url: '', question: undefined }] = asked
    expect(url).toBe('http://cloud.test:8700/api/enrol/standing')
    expect(question?.proof).toBe(
      standingQuestionProof(deviceSecret, { deviceId: 'kitchen', nonce: question?.nonce ?? '' }),
    )
  })

  test.each<[string, (question: Question) => Response]>([
    ['does not hold the secret', proven('released', new Uint8Array(32).fill(8))],
    [
      'proves another standing',
      (question) => {
        const { nonce } = question
        return says('released', standingProof(deviceSecret, { deviceId: 'kitchen', nonce }, 'enrolled'))
      },
    ],
    [
      'answers an older question',
      () => says('released', standingProof(deviceSecret, { deviceId: 'kitchen', nonce: 'A'.repeat(22) }, 'released')),
    ],
    ['gives the question back', ({ proof }) => says('released', proof)],
    ['does not know it', () => Response.json({ code: 'unauthenticated' }, { status: 401 })],
    ['is a stranger', () => new Response('<h1>Router</h1>')],
    ['is broken', () => new Response('', { status: 503 })],
  ])('learns nothing from one that %s', async (_what, answer) => {
    expect((await ask(answer)).standing).toBe('unknown')
  })

  test('learns nothing where nobody answers', async () => {
    const away = () => Promise.reject(new Error('connection refused'))
    expect((await ask(away)).standing).toBe('unknown')
  })
})
