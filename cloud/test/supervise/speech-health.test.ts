import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { healthService } from '../../src/speech/contract/contract.ts'
import { createSpeechHealth } from '../../src/supervise/speech-health.ts'
import { never } from '../speech/speech-server-fixture.ts'

type Behaviour = 'serves' | 'silent' | 'not_serving' | 'knows_no_check'

let behaviour: Behaviour = 'serves'
let nowMs = 0
let server = new Server()
let address = ''
beforeEach(async () => {
  behaviour = 'serves'
  nowMs = 0
  server = new Server()
  const check: handleUnaryCall<unknown, unknown> = (_call, answer) => {
    if (behaviour === 'serves') answer(null, { status: 'SERVING' })
    if (behaviour === 'not_serving') answer(null, { status: 'NOT_SERVING' })
    if (behaviour === 'knows_no_check') answer({ code: status.UNIMPLEMENTED })
  }
  server.addService(healthService, { Check: check })
  const credentials = ServerCredentials.createInsecure()
  address = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    ),
  )
})
afterEach(() => server.forceShutdown())

/** Its time of day lags behind, so that its patience of two seconds ends 200 ms from now. */
const impatient = { now: () => nowMs, wallTime: () => instant(systemClock.wallTime().getTime() - 1_800) }
const patient = { now: () => nowMs, wallTime: systemClock.wallTime }

test('a server that serves, and one without the check, are ready; one that says no is not', async () => {
  const health = createSpeechHealth({ clock: patient, address })
  expect(await health.check()).toBe(true)
  behaviour = 'knows_no_check'
  expect(await health.check()).toBe(true)
  behaviour = 'not_serving'
  expect(await health.check()).toBe(false)
  health.close()
})

test('a server too busy to answer is what it said last, but not for long', async () => {
  const first = createSpeechHealth({ clock: impatient, address })
  behaviour = 'silent'
  expect(await first.check()).toBe(false)
  first.close()

  behaviour = 'serves'
  let patience = patient
  const health = createSpeechHealth({
    address,
    clock: { now: () => nowMs, wallTime: () => patience.wallTime() },
  })
  expect(await health.check()).toBe(true)
  behaviour = 'silent'
  patience = impatient
  nowMs = 9_000
  expect(await health.check()).toBe(true)
  nowMs = 11_000
  expect(await health.check()).toBe(false)
  behaviour = 'not_serving'
  patience = patient
  expect(await health.check()).toBe(false)
  health.close()
})

test('a server that said no is not believed to serve when it falls silent', async () => {
  let patience = patient
  const health = createSpeechHealth({ address, clock: { now: () => nowMs, wallTime: () => patience.wallTime() } })
  expect(await health.check()).toBe(true)
  behaviour = 'not_serving'
  expect(await health.check()).toBe(false)
  behaviour = 'silent'
  patience = impatient
  expect(await health.check()).toBe(false)
  health.close()
})

test('until known waits for the first answer, for none of a server that is not there, and not past its signal', async () => {
  behaviour = 'silent'
  const slow = createSpeechHealth({ clock: impatient, address })
  let isKnown = false
  const known = slow.untilKnown(never()).then(() => {
    isKnown = true
  })
  expect(await slow.check()).toBe(false)
  expect(isKnown).toBe(false)
  const stop = new AbortController()
  const stopped = slow.untilKnown(stop.signal)
  stop.abort()
  await stopped
  behaviour = 'serves'
  await known
  slow.close()

  server.forceShutdown()
  const absent = createSpeechHealth({ clock: patient, address })
  await absent.untilKnown(never())
  expect(await absent.check()).toBe(false)
  absent.close()
})
