import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeWav, encodeWav } from '@mynah/shared/audio/wav.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAlsaLoudspeaker, createAlsaMicrophone } from '../../../src/audio/backends/alsa.ts'
import { createFileLoudspeaker, createFileMicrophone } from '../../../src/audio/backends/file.ts'
import { selectLoudspeaker, selectMicrophone } from '../../../src/audio/backends/select.ts'
import type { Microphone } from '../../../src/audio/ports.ts'

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
  it('is heard at the pace of the clock, resampled, and is silent after its end', async () => {
    const path = join(dir, 'in.wav')
    await writeFile(path, encodeWav(new Int16Array(48_000 / 10).fill(1_000), 48_000))
    const clock = createManualClock()
    const recording = record(createFileMicrophone({ clock, path }), 10)
    for (let i = 0; i < 10; i++) {
      await systemClock.sleep(5)
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
      await systemClock.sleep(1)
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
    const got = await record(createAlsaMicrophone({ device: 'default', command }), 5)
    expect(got.map((frame) => frame[0])).toEqual([0, 320, 640, 960, 1280])
  })
  it('says so when the tool is not installed', async () => {
    const missing = { device: 'default', command: join(dir, 'no-such-program') }
    await expect(record(createAlsaMicrophone(missing), 1)).rejects.toThrow('is not installed (apt install alsa-utils)')
    const loudspeaker = createAlsaLoudspeaker({ ...missing, clock: systemClock })
    await expect(loudspeaker.play(() => new Int16Array(240), new AbortController().signal)).rejects.toThrow(
      'is not installed',
    )
  })
  it('says what the tool said when it dies', async () => {
    const command = await program('broken', 'echo "audio open error: Device or resource busy" >&2; exit 1')
    await expect(record(createAlsaMicrophone({ device: 'default', command }), 1)).rejects.toThrow(
      /exit code 1\): audio open error: Device or resource busy/,
    )
    const loudspeaker = createAlsaLoudspeaker({ device: 'default', command, clock: systemClock })
    await expect(loudspeaker.play(() => new Int16Array(240), new AbortController().signal)).rejects.toThrow('busy')
  })
  it('pipes frames to aplay in real time and stops with the signal', async () => {
    const out = join(dir, 'played')
    const command = await program('aplay', `exec cat > ${out}`)
    const stop = new AbortController()
    const playing = createAlsaLoudspeaker({ device: 'default', command, clock: systemClock }).play(
      () => new Int16Array(240).fill(7),
      stop.signal,
    )
    await systemClock.sleep(300)
    stop.abort()
    await playing
    const played = await readFile(out)
    expect(played.length % 480).toBe(0)
    expect(played.length / 480).toBeGreaterThan(16)
    expect(played.length / 480).toBeLessThan(50)
  })
})

describe('the choice of a backend', () => {
  it('names what is possible when it does not understand', () => {
    for (const address of ['', 'alsa', 'file:', 'pulse:x']) {
      expect(selectMicrophone(address, systemClock)).toMatchObject({ ok: false, error: { code: 'unknown_backend' } })
    }
    expect(selectLoudspeaker('alsa:plughw:1,0', systemClock).ok).toBe(true)
  })
})
