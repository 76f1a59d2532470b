import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { markerCount, markerIn, markerOfText, markerTone } from '@mynah/shared/audio/marker-tone.ts'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { markerAnswer, markerSentence } from '@mynah/shared/dialogue/marker-sentence.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { enrolFleet } from '../../src/commands/enrol-fleet.ts'
import { serveScriptedSpeech } from '../../src/commands/scripted-speech.ts'
import { createScriptedRecogniser } from '../../src/speech/scripted/recogniser.ts'
import { createScriptedSynthesiser } from '../../src/speech/scripted/synthesiser.ts'
import { createApiStores } from '../../src/store/api-stores.ts'
import { callCommand } from '../cloud-child.ts'
import { startConversation } from '../dialogue/conversation.ts'
import { temporaryStore } from '../temporary-store.ts'

const fleetSchema = v.object({
  homes: v.array(v.object({ home_id: v.string(), device_ids: v.array(v.string()) })),
  devices: v.array(v.object({ device_id: v.string(), home_id: v.string(), secret: v.string() })),
  people: v.array(
    v.object({ login: v.string(), password: v.string(), token: v.string(), home_ids: v.array(v.string()) }),
  ),
})

describe('a fleet enrolled at once', () => {
  const enrol = async (fixture: ReturnType<typeof temporaryStore>, ...more: string[]) => {
    const out = join(fixture.dataDir, 'fleet.json')
    const args = ['--out', out, '--data-dir', fixture.dataDir, ...more]
    return { out, ...(await callCommand(enrolFleet, args)) }
  }

  test('has speakers whose secrets the cloud knows, homes, and people who see their share and the first home', async () => {
    const fixture = temporaryStore()
    const { out, code } = await enrol(fixture, '--speakers', '10', '--per-home', '2', '--people', '2')
    expect(code).toBe(0)
    expect(statSync(out).mode & 0o077).toBe(0)
    const fleet = v.parse(fleetSchema, JSON.parse(readFileSync(out, 'utf8')))
    expect([fleet.devices.length, fleet.homes.length, fleet.people.length]).toEqual([10, 5, 2])
    for (const { device_id, home_id, secret } of fleet.devices) {
      const known = fixture.store.devices.find(device_id)
      expect(known?.homeId).toBe(home_id)
      expect(Buffer.from(known?.secret ?? []).toString('base64url')).toBe(secret)
    }
    const stores = createApiStores({
      db: fixture.store.db,
      sealer: fixture.store.sealer,
      sounds: fixture.store.sounds,
      clock: systemClock,
    })
    const [first, second] = fleet.people.map(({ token }) => {
      const personId = stores.apiTokens.redeem(token)?.person_id ?? ''
      return new Map(stores.homes.membershipsOf(personId).map(({ home_id, role }) => [home_id, role]))
    })
    const [shared, other] = fleet.homes.map(({ home_id }) => home_id)
    expect([first?.get(shared ?? ''), second?.get(shared ?? '')]).toEqual(['admin', 'viewer'])
    expect([first?.get(other ?? ''), second?.get(other ?? '')]).toEqual([undefined, 'admin'])
    expect(fixture.store.audit.list(1)).toMatchObject([{ action: 'fleet_enrolled', detail: { speakers: 10 } }])
    fixture.close()
  })

  test('is not enrolled twice under the same name', async () => {
    const fixture = temporaryStore()
    await enrol(fixture, '--speakers', '2')
    const { code, stderr } = await enrol(fixture, '--speakers', '3')
    expect([code, fixture.store.devices.list().length]).toEqual([1, 2])
    expect(stderr).toContain('--prefix')
    fixture.close()
  })

  test('refuses wrong numbers with the option', async () => {
    const fixture = temporaryStore()
    const { code, stderr } = await enrol(fixture, '--speakers', 'many')
    expect([code, stderr.includes('--speakers')]).toEqual([2, true])
    fixture.close()
  })
})

describe('the scripted engines', () => {
  const noise = Int16Array.from({ length: 32_000 }, (_, index) => ((index * 7_919) % 4_001) - 2_000)
  const heardOf = async (samples: Int16Array) => {
    const recogniser = createScriptedRecogniser({ clock: systemClock, delayMs: 0 })
    const session = await recogniser.open({ language: 'en' }, new AbortController().signal)
    for (let at = 0; at < samples.length; at += 320) await session.feed(samples.slice(at, at + 320))
    return (await session.finish()).text
  }

  test('understand the marker at the end of any sound, and nothing where there is none', async () => {
    const markers = Array.from({ length: markerCount }, (_, marker) => marker)
    const sounds = markers.map((marker) =>
      concatSamples([noise, markerTone({ marker, durationMs: 240, sampleRateHz: 16_000 })]),
    )
    expect(await Promise.all(sounds.map(heardOf))).toEqual(markers.map(markerSentence))
    expect(await heardOf(noise)).toBe('')
  })

  test('say each text in the tone of its marker', async () => {
    const voice = createScriptedSynthesiser({ clock: systemClock, delayMs: 0 })
    for (const text of ["That's eleven.", "That's twelve."]) {
      const pieces: Int16Array[] = []
      const request = { text, language: 'en' } as const
      for await (const { samples } of voice.speak(request, new AbortController().signal)) pieces.push(samples)
      expect(markerIn(concatSamples(pieces).subarray(4_800, 6_240), 24_000)).toBe(markerOfText(text))
    }
  })

  test('ask what the real dialogue answers, each marker with its own number', async () => {
    for (let marker = 0; marker < markerCount; marker++) {
      const { text } = await startConversation().say(markerSentence(marker))
      expect(text).toContain(` ${markerAnswer(marker)}.`)
    }
  })

  test('are served to this machine alone, with complaints about anything else', async () => {
    expect((await callCommand(serveScriptedSpeech, ['--host', '0.0.0.0'])).code).toBe(2)
    expect((await callCommand(serveScriptedSpeech, ['--delay-ms', 'long'])).code).toBe(2)
  })
})
