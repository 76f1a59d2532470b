import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBytesLe, toBytesLe } from '@mynah/shared/audio/pcm.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'

const programs = ['pulseaudio', 'pactl', 'parec', 'pacat', 'arecord', 'aplay']
const plugin = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  (triplet) => `/usr/lib/${triplet}/alsa-lib/libasound_module_pcm_pulse.so`,
)

/** Why there can be no virtual sound card here; undefined when there can. */
export const noSoundCardReason = (): string | undefined => {
  const missing = programs.filter((name) => !existsSync(join('/usr/bin', name)))
  if (missing.length > 0) return `${missing.join(', ')} missing: apt install pulseaudio pulseaudio-utils alsa-utils`
  return plugin.some((path) => existsSync(path)) ? undefined : 'apt install libasound2-plugins'
}

/**
 * A sound card without hardware, paced in real time: PulseAudio of its own with two null sinks, which ALSA programs see as their
 * `default` card. `spk` is what the speaker plays into; what is played into `mic` is what its microphone hears.
 */
export const createVirtualSoundCard = async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mynah-card-'))
  const server = `unix:${join(dir, 'native')}`
  const config = join(dir, 'asound.conf')
  const pulse = (device: string) => `type pulse server "${server}" device "${device}"`
  writeFileSync(
    config,
    `</usr/share/alsa/alsa.conf>\npcm.!default { type asym playback.pcm { ${pulse('spk')} } capture.pcm { ${pulse('ear')} } }\n`,
  )
  const environment = { ...process.env, HOME: dir, XDG_RUNTIME_DIR: dir, PULSE_SERVER: server }
  let daemon: ChildProcess | undefined
  const children = new Set<ChildProcess>()

  const isThere = () => {
    try {
      execFileSync('pactl', ['info'], { env: environment, stdio: 'ignore', timeout: 2_000 })
      return true
    } catch {
      return false
    }
  }
  const plugIn = async () => {
    const modules = [
      `module-native-protocol-unix socket=${join(dir, 'native')} auth-anonymous=1`,
      'module-null-sink sink_name=spk norewinds=1 rate=24000 channels=1',
      'module-null-sink sink_name=mic norewinds=1 rate=16000 channels=1',
      'module-remap-source master=mic.monitor source_name=ear',
    ]
    const options = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--disallow-exit']
    daemon = spawn('pulseaudio', [...options, ...modules.flatMap((module) => ['-L', module])], {
      env: environment,
      stdio: 'ignore',
    })
    for (let tries = 0; !isThere(); tries++) {
      if (tries > 50) throw new Error('PulseAudio does not start')
      await systemClock.sleep(100)
    }
  }
  const end = (child: ChildProcess) =>
    new Promise<void>((resolve) => {
      children.delete(child)
      if (child.exitCode !== null || child.signalCode !== null) return resolve()
      child.once('close', () => resolve())
      child.kill('SIGKILL')
    })
  const unplug = async () => {
    if (daemon) await end(daemon)
    daemon = undefined
    rmSync(join(dir, 'native'), { force: true })
  }
  const start = (program: string, args: readonly string[]) => {
    const child = spawn(program, [...args], { env: environment, stdio: ['pipe', 'pipe', 'ignore'] })
    child.stdin.on('error', () => {})
    children.add(child)
    return child
  }
  await plugIn()
  const before = process.env.ALSA_CONFIG_PATH
  process.env.ALSA_CONFIG_PATH = config
  return {
    plugIn,
    unplug,
    /** Played into the microphone: 16 kHz mono. Resolves when all of it has been heard. */
    speak: (samples: Int16Array) =>
      new Promise<void>((resolve) => {
        const args = ['--device=mic', '--raw', '--rate=16000', '--channels=1', '--format=s16le', '--latency-msec=40']
        const child = start('pacat', args)
        child.once('close', () => resolve())
        child.stdin.end(toBytesLe(samples))
      }),
    /** Listens to the loudspeaker, 24 kHz mono, until `end` is called. */
    listen: () => {
      const args = [
        '--device=spk.monitor',
        '--raw',
        '--rate=24000',
        '--channels=1',
        '--format=s16le',
        '--latency-msec=10',
      ]
      const child = start('parec', args)
      const pieces: Buffer[] = []
      child.stdout.on('data', (bytes: Buffer) => pieces.push(bytes))
      const heard = () => {
        const bytes = Buffer.concat(pieces)
        return fromBytesLe(bytes.subarray(0, bytes.length - (bytes.length % 2)))
      }
      return { heard, end: () => end(child) }
    },
    close: async () => {
      if (before === undefined) delete process.env.ALSA_CONFIG_PATH
      else process.env.ALSA_CONFIG_PATH = before
      for (const child of [...children]) await end(child)
      await unplug()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export type VirtualSoundCard = Awaited<ReturnType<typeof createVirtualSoundCard>>
