import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const main = new URL('../../src/main.ts', import.meta.url).pathname

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mynah-doctor-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** The real program in a process of its own, on a store without an owner. */
const doctor = (...args: readonly string[]) =>
  new Promise<{ code: number; output: string }>((resolve) => {
    const command = ['--import', 'tsx', main, 'doctor', '--store', dir, '--loudspeaker', `file:${join(dir, 'out.wav')}`]
    execFile(process.execPath, [...command, ...args], (error, output) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output }),
    )
  })

describe('mynah-device doctor', () => {
  it('finds a speaker well whose microphone hears the room, and says so in a sentence for each check', async () => {
    const random = seededRandom(5)
    const room = Int16Array.from({ length: 80_000 }, () => Math.round((random() - 0.5) * 200))
    await writeFile(join(dir, 'room.wav'), encodeWav(room, 16_000))
    const { code, output } = await doctor('--microphone', `file:${join(dir, 'room.wav')}`)
    expect(output).toContain('ok   The microphone hears the room (-5')
    expect(output).toContain('note The microphone did not hear the chirp.')
    expect(output).toContain('note It has no owner yet.')
    expect(output).toContain('ok   Wake word and voice activity models are loaded.')
    expect(output).not.toContain('BAD')
    expect(code).toBe(0)
  }, 60_000)
  it('names a microphone that is not there in the language asked for, as JSON, with exit code 1', async () => {
    const { code, output } = await doctor('--microphone', 'alsa:no_such_card', '--json', '--language', 'zh')
    const report = JSON.parse(output)
    expect(report.healthy).toBe(false)
    expect(report.findings[0]).toMatchObject({ check: 'microphone', level: 'bad', code: 'not_found' })
    expect(report.findings[0].text).toMatch(/^没有找到麦克风/)
    expect(code).toBe(1)
  }, 60_000)
})
