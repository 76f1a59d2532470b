import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeWav, encodeWav } from '@mynah/shared/audio/wav.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../../../test/eventually.ts'
import { createAlsaLoudspeaker, createAlsaMicrophone } from '../../../src/audio/backends/alsa.ts'
import { createFileLoudspeaker, createFileMicrophone } from '../../../src/audio/backends/file.ts'
import { selectLoudspeaker, selectMicrophone } from '../../../src/audio/backends/select.ts'
import { alsaNameOf, readSoundCards } from '../../../src/audio/backends/sound-cards.ts'
import type { Microphone } from '../../../src/audio/ports.ts'
import { untilDiskRests } from '../../disk-rest.ts'
import { loudspeakerContract, microphoneContract, tone } from './contract.ts'

const alsa = { clock: systemClock, device: 'default' }
let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mynah-sound-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const record = async (microphone: Microphone, frames: number): Promise<Int16Array[]> => {
  const stop = new AbortController()
  const got: Int16Array[] = []
  for await (const frame of microphone.frames(stop.signal)) {
    got.push(frame.slice())
    if (got.length >= frames) stop.abort()
  }
  return got
}
/** A program that stands in for arecord or aplay: the arguments are checked by the real ones, the pipes are the same. */
const program = async (name: string, script: string) => {
  const path = join(dir, name)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

describe('a file as microphone', () => {
  microphoneContract({
    make: async () => {
      const path = join(dir, 'tone.wav')
      await writeFile(path, encodeWav(tone(1_500, 16_000), 16_000))
      return createFileMicrophone({ clock: systemClock, path })
    },
    playTone: () => {},
    makeAbsent: () => createFileMicrophone({ clock: systemClock, path: join(dir, 'no-such-file') }),
  })
  it('is heard at the pace of the clock, resampled, and is silent after its end', async () => {
    const path = join(dir, 'in.wav')
    await writeFile(path, encodeWav(new Int16Array(48_000 / 10).fill(1_000), 48_000))
    const clock = createManualClock()
    const recording = record(createFileMicrophone({ clock, path }), 10)
    for (let i = 0; i < 10; i++) {
      // The file is read from a real disk, the frame before taken by a real loop.
      while (clock.pendingTimers() === 0) await systemClock.sleep(1)
      await clock.advance(20)
    }
    const got = await recording
    expect(clock.now()).toBe(200)
    expect(got.every((frame) => frame.length === 320)).toBe(true)
    expect(Math.abs((got[2]?.[100] ?? 0) - 1_000)).toBeLessThan(20)
    expect(got[8]?.every((sample) => sample === 0)).toBe(true)
  })
  it('that is no sound is a clear error', async () => {
    const path = join(dir, 'in.wav')
    await writeFile(path, 'hello, this is no sound')
    await expect(record(createFileMicrophone({ clock: systemClock, path }), 1)).rejects.toThrow('RIFF')
  })
})

describe('a file as loudspeaker', () => {
  loudspeakerContract({
    make: () => createFileLoudspeaker({ clock: systemClock, path: join(dir, 'heard.wav') }),
    // Whole when it is closed.
    listen: () => {
      let closed = false
      return {
        heard: async () => {
          const sound = closed ? decodeWav(await readFile(join(dir, 'heard.wav'))) : undefined
          closed = true
          return sound?.ok ? sound.value.samples : new Int16Array()
        },
        end: async () => {},
      }
    },
    makeAbsent: () => createFileLoudspeaker({ clock: systemClock, path: join(dir, 'no-such-folder/heard.wav') }),
    earDelayMs: 0,
  })
  it('holds exactly what was rendered', async () => {
    const path = join(dir, 'out.wav')
    const clock = createManualClock()
    const stop = new AbortController()
    let frames = 0
    const playing = createFileLoudspeaker({ clock, path }).play(() => {
      frames++
      return new Int16Array(240).fill(frames)
    }, stop.signal)
    for (let i = 0; i < 60; i++) {
      await untilDiskRests(1)
      await clock.advance(20)
    }
    stop.abort()
    await playing
    const sound = decodeWav(await readFile(path))
    if (!sound.ok) throw new Error(sound.error.message)
    expect(sound.value.sampleRateHz).toBe(24_000)
    expect(sound.value.samples.length).toBe(frames * 240)
    expect(sound.value.samples[240 * 30]).toBe(31)
  })
})

describe('ALSA through its tools', () => {
  it('cuts what arecord writes into frames of 20 ms, whatever the pieces', async () => {
    const bytes = join(dir, 'raw')
    const samples = Int16Array.from({ length: 320 * 5 }, (_, i) => i)
    await writeFile(bytes, new Uint8Array(samples.buffer))
    const command = await program('arecord', `head -c 700 ${bytes}; sleep 0.05; tail -c +701 ${bytes}; sleep 5`)
    const got = await record(createAlsaMicrophone({ ...alsa, command }), 5)
    expect(got.map((frame) => frame[0])).toEqual([0, 320, 640, 960, 1280])
  })
  it('says so when the tool is not installed', async () => {
    const missing = { ...alsa, command: join(dir, 'no-such-program') }
    await expect(record(createAlsaMicrophone(missing), 1)).rejects.toThrow('is not installed (apt install alsa-utils)')
    const loudspeaker = createAlsaLoudspeaker(missing)
    await expect(loudspeaker.play(() => new Int16Array(240), new AbortController().signal)).rejects.toThrow(
      'is not installed',
    )
  })
  it('says what the tool said when it dies', async () => {
    const command = await program('broken', 'echo "audio open error: Device or resource busy" >&2; exit 1')
    await expect(record(createAlsaMicrophone({ ...alsa, command }), 1)).rejects.toThrow(
      /exit code 1\): audio open error: Device or resource busy/,
    )
    const loudspeaker = createAlsaLoudspeaker({ ...alsa, command })
    await expect(loudspeaker.play(() => new Int16Array(240), new AbortController().signal)).rejects.toThrow('busy')
  })
  it('pipes frames to aplay in real time and stops with the signal', async () => {
    const out = join(dir, 'played')
    const command = await program('aplay', `exec cat > ${out}`)
    const stop = new AbortController()
    const startedAtMs = systemClock.now()
    const playing = createAlsaLoudspeaker({ ...alsa, command }).play(() => new Int16Array(240).fill(7), stop.signal)
    const framesPlayed = async () => (await readFile(out).catch(() => '')).length / 480
    await eventually(async () => (await framesPlayed()) > 30, '300 ms are played')
    stop.abort()
    await playing
    const played = await framesPlayed()
    expect(played % 1).toBe(0)
    const leadMs = 100
    expect(10 * played).toBeLessThan(systemClock.now() - startedAtMs + leadMs)
  })
})

describe('a sound program that hangs', () => {
  it('as microphone is given up after three seconds without a sound', async () => {
    const clock = createManualClock()
    const command = await program('arecord', 'exec sleep 60')
    const recording = record(createAlsaMicrophone({ ...alsa, clock, command }), 1)
    const refused = expect(recording).rejects.toMatchObject({ code: 'stalled' })
    await systemClock.sleep(50)
    await clock.advance(2_900)
    expect(await Promise.race([recording.catch(() => 'gave up'), systemClock.sleep(20).then(() => 'waits')])).toBe(
      'waits',
    )
    await clock.advance(200)
    await refused
  })
  it('as loudspeaker is given up before the pipe to it holds more than a second', async () => {
    const clock = createManualClock()
    const command = await program('aplay', 'exec sleep 60')
    const playing = createAlsaLoudspeaker({ ...alsa, clock, command }).play(
      () => new Int16Array(240),
      new AbortController().signal,
    )
    const refused = expect(playing).rejects.toMatchObject({ code: 'stalled' })
    for (let passedMs = 0; passedMs < 4_000; passedMs += 100) {
      await clock.advance(100)
      await systemClock.sleep(1)
    }
    await refused
  })
})

describe('what a sound program tells of lost sound', () => {
  it('is counted over all its starts, in any language', async () => {
    const command = await program(
      'arecord',
      'echo "overrun!!! (at least 1.2 ms long)" >&2; echo "Überlauf!!! (mindestens 3.4 ms)" >&2; head -c 640 /dev/zero; sleep 5',
    )
    const microphone = createAlsaMicrophone({ ...alsa, command })
    await record(microphone, 1)
    await record(microphone, 1)
    // It is read from another pipe than the sound.
    await expect.poll(() => microphone.xruns?.()).toBe(4)
  })
})

describe('why sound hardware cannot be used', () => {
  it.each([
    ['audio open error: No such file or directory', 'not_found'],
    ['pcm_read:2221: read error: No such device', 'not_found'],
    ['arecord: pcm_read:2221: read error: Input/output error', 'not_found'],
    ['ALSA lib pcm.c:2666:(snd_pcm_open_noupdate) Unknown PCM default', 'not_found'],
    ['audio open error: Device or resource busy', 'busy'],
    ['Illegal instruction', 'failed'],
  ])('"%s" means %s', async (said, code) => {
    const command = await program('broken', `echo "${said}" >&2; exit 1`)
    await expect(record(createAlsaMicrophone({ ...alsa, command }), 1)).rejects.toMatchObject({ code })
  })
})

describe('a sound card by its name', () => {
  const cards = async () => {
    await writeFile(
      join(dir, 'cards'),
      ' 0 [vc4hdmi        ]: vc4-hdmi - vc4-hdmi\n                      vc4-hdmi\n' +
        ' 2 [USB            ]: USB-Audio - Jabra SPEAK 510 USB\n                      Jabra SPEAK 510 USB at usb-1\n',
    )
    for (const [card, stream] of [
      ['card0', 'pcm0p'],
      ['card2', 'pcm0p'],
      ['card2', 'pcm0c'],
    ] as const) {
      await mkdir(join(dir, card, stream), { recursive: true })
    }
    return readSoundCards(dir)
  }
  it('is found by a part of its name or id, whatever its number', async () => {
    expect(alsaNameOf('card=jabra', 'microphone', await cards())).toBe('plughw:CARD=USB')
    expect(alsaNameOf('card=usb', 'loudspeaker', await cards())).toBe('plughw:CARD=USB')
    expect(alsaNameOf('plughw:1,0', 'loudspeaker', await cards())).toBe('plughw:1,0')
  })
  it('must be able to do what it is for', async () => {
    const there = await cards()
    expect(() => alsaNameOf('card=hdmi', 'microphone', there)).toThrow(
      'no microphone is called "hdmi": there is "Jabra SPEAK 510 USB"',
    )
    expect(() => alsaNameOf('card=hdmi', 'microphone', [])).toThrow('there is none at all')
    expect(readSoundCards(join(dir, 'no-alsa'))).toEqual([])
  })
  it('is looked up anew each time it is opened', async () => {
    const plugged = await cards()
    let there: typeof plugged = []
    const command = await program('arecord', 'echo "$@" >&2; exit 1')
    const microphone = createAlsaMicrophone({
      clock: systemClock,
      device: 'card=Jabra',
      command,
      readCards: () => there,
    })
    await expect(record(microphone, 1)).rejects.toMatchObject({ code: 'not_found' })
    there = plugged
    await expect(record(microphone, 1)).rejects.toThrow('-D plughw:CARD=USB')
  })
})

describe('the choice of a backend', () => {
  it('names what is possible when it does not understand', () => {
    for (const address of ['', 'alsa', 'file:', 'pulse:x']) {
      expect(selectMicrophone(address, systemClock)).toMatchObject({ ok: false, error: { code: 'unknown_backend' } })
    }
    expect(selectMicrophone('pulse:x', systemClock)).toMatchObject({
      error: { message: '"alsa:DEVICE" or "lpcm16:DEVICE" or "file:PATH" needed, got "pulse:x"' },
    })
    for (const address of ['alsa:plughw:1,0', 'alsa:card=Jabra', 'speaker:default', 'file:out.wav']) {
      expect(selectLoudspeaker(address, systemClock).ok).toBe(true)
    }
    expect(selectMicrophone('lpcm16:default', systemClock).ok).toBe(true)
  })
})
