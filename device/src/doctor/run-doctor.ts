import { execFile } from 'node:child_process'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { Loudspeaker, Microphone } from '../audio/ports.ts'
import { defaultConfig } from '../config/device-config.ts'
import type { EchoStanding } from '../echo/echo-canceller.ts'
import { createIdentityStore } from '../identity/identity.ts'
import type { NetworkDeps } from '../link/connect.ts'
import type { StartUnderstanding } from '../understanding/understanding-process.ts'
import { createSileroVad } from '../vad/silero.ts'
import { createOpenWakeWord } from '../wake/open-wake-word.ts'
import { examineCloudPath } from './cloud-path.ts'
import type { Examination } from './examination.ts'
import { examineClock, examineDisk, examineWifi } from './machine.ts'
import { recordRoom } from './record-room.ts'
import { linesOf, reportOf } from './report.ts'

export type DoctorDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly store: string
  /** Asked when there is no identity yet. */
  readonly cloudUrl?: string
  readonly language: Language
  readonly json: boolean
  readonly microphone: Microphone
  readonly loudspeaker: Loudspeaker
  readonly readEcho?: () => EchoStanding
  readonly network: Pick<NetworkDeps, 'connectMqtt' | 'connectUdp' | 'fetch'>
  readonly startUnderstanding: StartUnderstanding
  readonly zhModelDir?: string
  readonly print: (line: string) => void
}

const understandingMs = 15_000

const serviceRuns = (): Promise<boolean> =>
  new Promise((resolve) => {
    execFile('systemctl', ['is-active', '--quiet', 'mynah-device'], { timeout: 2_000 }, (error) => resolve(!error))
  })

const examineModels = async (): Promise<Examination['models']> => {
  try {
    const wakeWord = await createOpenWakeWord({ settings: defaultConfig.wake })
    if (!wakeWord.ok) return { type: 'missing', why: wakeWord.error.message }
    const voiceActivity = await createSileroVad()
    await Promise.all([wakeWord.value.close(), voiceActivity.close()])
    return { type: 'loaded' }
  } catch (error) {
    return { type: 'missing', why: error instanceof Error ? error.message : String(error) }
  }
}

const examineLocalCommands = (deps: DoctorDeps): Promise<NonNullable<Examination['localCommands']>> =>
  new Promise((resolve) => {
    const { language, zhModelDir } = deps
    const child = deps.startUnderstanding()
    const end = (outcome: NonNullable<Examination['localCommands']>) => {
      timeout.cancel()
      resolve(outcome)
      child.kill()
    }
    const timeout = deps.clock.startTimer(understandingMs, () => end({ type: 'missing', why: 'it does not answer' }))
    child.onMessage((message) => {
      if (message.type === 'ready') end({ type: 'there' })
      if (message.type === 'missing') end({ type: 'missing', why: message.reason })
    })
    child.onExit((why) => end({ type: 'missing', why }))
    child.send({ type: 'open', language, ...(zhModelDir === undefined ? {} : { zhModelDir }) })
  })

/** Sound and network first, one after the other: models that load meanwhile would make gaps. */
const examine = async (deps: DoctorDeps, signal: AbortSignal): Promise<Examination> => {
  const { clock, network } = deps
  const identity = await createIdentityStore(deps.store, deps.log).read()
  const runs = await serviceRuns()
  const cloudUrl = identity?.cloudUrl ?? deps.cloudUrl
  const path = identity && !runs ? await examineCloudPath({ clock, identity, network }) : undefined
  const compared = cloudUrl === undefined ? undefined : await examineClock({ clock, fetch: network.fetch, cloudUrl })
  const [wifi, disk] = [await examineWifi(), await examineDisk(deps.store)]
  return {
    serviceRuns: runs,
    ...(runs ? {} : { room: await recordRoom(deps, signal) }),
    ...(compared ? { clock: compared } : {}),
    ...(wifi ? { wifi } : {}),
    owner: identity !== undefined,
    ...path,
    ...(disk ? { disk } : {}),
    models: (await examineModels()) ?? { type: 'loaded' },
    localCommands: await examineLocalCommands(deps),
  }
}

/** `doctor`: what is wrong with this speaker and what to do, in the owner's language. Resolves with the exit code: 1 when something must be mended. */
export const runDoctor = async (deps: DoctorDeps, signal: AbortSignal): Promise<0 | 1> => {
  const report = reportOf(await examine(deps, signal), deps.language)
  if (deps.json) deps.print(JSON.stringify(report, null, 1))
  else for (const line of linesOf(report, deps.language)) deps.print(line)
  return report.healthy ? 0 : 1
}
