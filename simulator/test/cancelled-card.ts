import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { captureSampleRateHz, playbackFrameSamples } from '@mynah/device/audio/ports.ts'
import { fromBytesLe, toBytesLe } from '@mynah/shared/audio/pcm.ts'
import { createPcmFramer } from '@mynah/shared/audio/pcm-framer.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createEchoPath, type EchoOptions } from '../src/echo-path.ts'
import { type Noise, noiseAtSnr, pinkNoise } from '../src/noise.ts'

const scripts = fileURLToPath(new URL('../../hardware/sound/', import.meta.url))
const programs = ['pulseaudio', 'pactl', 'parec', 'pacat', 'arecord', 'aplay']
const plugin = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  (triplet) => `/usr/lib/${triplet}/alsa-lib/libasound_module_pcm_pulse.so`,
)

/** Why there can be no such card here; undefined when there can. */
export const noCancelledCardReason = (): string | undefined => {
  const missing = programs.filter((name) => !existsSync(join('/usr/bin', name)))
  if (missing.length > 0) return `${missing.join(', ')} missing: apt install pulseaudio pulseaudio-utils alsa-utils`
  return plugin.some((path) => existsSync(path)) ? undefined : 'apt install libasound2-plugins'
}

/** Null sinks in the place of a sound card: the loudspeaker, and the air in front of the microphone. */
const cardLines = `load-module module-null-sink sink_name=card_out norewinds=1 rate=48000 channels=2
load-module module-null-sink sink_name=air norewinds=1 rate=48000 channels=2
load-module module-remap-source master=air.monitor source_name=card_in`

const samplesPerFrame = captureSampleRateHz / 100
/** The newest 20 ms of the echo are still in its resampler. */
const lagSamples = 2 * samplesPerFrame

type Sound = { readonly samples: Int16Array; at: number }

/** Echo, noise and a person as one microphone hears them, 10 ms for each 10 ms that the loudspeaker plays. */
const createAir = (echo: EchoOptions, noise: Noise) => {
  const path = createEchoPath(echo)
  const persons = new Set<Sound>()
  let now = 0
  return {
    speak: (samples: Int16Array) => void persons.add({ samples, at: 0 }),
    hear: (played: Int16Array): Int16Array => {
      path.append(played, now)
      const heard = Int16Array.from({ length: samplesPerFrame }, (_, offset) => {
        let sum = path.at(now + offset - lagSamples)
        sum += noise.gain * (noise.samples[(now + offset) % noise.samples.length] ?? 0)
        for (const person of persons) sum += person.samples[person.at + offset] ?? 0
        return Math.max(-32_768, Math.min(32_767, Math.round(sum)))
      })
      for (const person of persons) {
        person.at += samplesPerFrame
        if (person.at >= person.samples.length) persons.delete(person)
      }
      now += samplesPerFrame
      return heard
    },
  }
}

export type EchoMethod = 'webrtc' | 'speex' | 'mynah'

/**
 * A sound card without an echo canceller and the room around it, in real time, behind the canceller that `hardware/sound/echo-canceller`
 * starts on a speaker; for the speaker's own (`mynah`) with nothing before it. While it is open, ALSA's `default` is what
 * `choose-sound-card` makes of it there.
 */
export const openCancelledCard = async (echo: EchoOptions, method: EchoMethod) => {
  const dir = mkdtempSync(join(tmpdir(), 'mynah-canceller-'))
  const [asound, socket, config] = [join(dir, 'asound'), join(dir, 'native'), join(dir, 'asound.conf')]
  for (const pcm of ['pcm0c', 'pcm0p']) mkdirSync(join(asound, 'card0', pcm), { recursive: true })
  writeFileSync(join(asound, 'card0/id'), 'mynah2micv2\n')
  const environment = {
    ...process.env,
    MYNAH_ASOUND: asound,
    MYNAH_ECHO_CANCELLER: method,
    MYNAH_ECHO_SOCKET: socket,
    MYNAH_ECHO_CARD: cardLines,
    PULSE_SERVER: `unix:${socket}`,
    HOME: dir,
    XDG_RUNTIME_DIR: dir,
  }
  const children = new Map<ChildProcess, Promise<void>>()
  const start = (program: string, args: readonly string[]): ChildProcess => {
    const child = spawn(program, [...args], { env: environment, stdio: ['pipe', 'pipe', 'ignore'] })
    child.stdin?.on('error', () => {})
    children.set(child, new Promise((resolve) => child.once('close', () => resolve())))
    return child
  }
  if (method === 'mynah') {
    const protocol = `load-module module-native-protocol-unix socket=${socket} auth-anonymous=1`
    writeFileSync(join(dir, 'card.pa'), `.fail\n${cardLines}\n${protocol}\n`)
    start('pulseaudio', [
      '-n',
      '--daemonize=no',
      '--use-pid-file=no',
      '--exit-idle-time=-1',
      '-F',
      join(dir, 'card.pa'),
    ])
    for (let tries = 0; !existsSync(socket) && tries < 50; tries++) await systemClock.sleep(100)
    const pulse = (device: string) => `{ type pulse server "unix:${socket}" device ${device} }`
    writeFileSync(
      config,
      `</usr/share/alsa/alsa.conf>\npcm.!default { type asym playback.pcm ${pulse('card_out')} capture.pcm ${pulse('card_in')} }\n`,
    )
  } else {
    const canceller = start(join(scripts, 'echo-canceller'), ['2mic', dir])
    await new Promise<void>((resolve, reject) => {
      canceller.stdout?.once('data', () => resolve())
      canceller.once('close', () => reject(new Error('the echo canceller does not start')))
    })
    execFileSync(join(scripts, 'choose-sound-card'), ['2mic', config], { env: environment })
  }

  const raw = ['--raw', '--format=s16le', '--channels=1']
  const air = createAir(echo, noiseAtSnr(pinkNoise(7), 40))
  const into = start('pacat', ['--device=air', ...raw, `--rate=${captureSampleRateHz}`, '--latency-msec=150'])
  const from = start('parec', ['--device=card_out.monitor', ...raw, '--rate=24000', '--latency-msec=5'])
  const framer = createPcmFramer(playbackFrameSamples)
  let rest: Uint8Array = new Uint8Array()
  from.stdout?.on('data', (bytes: Buffer) => {
    const all = Buffer.concat([rest, bytes])
    const whole = all.length - (all.length % 2)
    rest = all.subarray(whole)
    for (const frame of framer.push(fromBytesLe(all.subarray(0, whole)))) into.stdin?.write(toBytesLe(air.hear(frame)))
  })
  const before = process.env.ALSA_CONFIG_PATH
  process.env.ALSA_CONFIG_PATH = config
  await systemClock.sleep(500)
  return {
    speak: air.speak,
    close: async () => {
      if (before === undefined) delete process.env.ALSA_CONFIG_PATH
      else process.env.ALSA_CONFIG_PATH = before
      for (const child of children.keys()) if (child.exitCode === null) child.kill('SIGTERM')
      await Promise.all(children.values())
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
