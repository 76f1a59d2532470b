import { join, resolve } from 'node:path'
import { untilAborted } from '@mynah/shared/streams/until-aborted.ts'
import { type CloudError, type CloudProcess, startCloud } from '../cloud-process.ts'
import { converse } from '../conversation.ts'
import { ExpectationError } from '../event-watch.ts'
import type { CommonOptions, StartPorts } from '../options.ts'
import { sayText } from '../person.ts'
import { repositoryRoot } from '../repository.ts'
import { startSpeaker } from '../speaker.ts'
import { type CommandDeps, cloudDepsOf, type ExitCode, identityDirOf, openRoom, orThrow } from './context.ts'
import { presentTurn } from './say.ts'

/** What the list of speakers calls it, until somebody gives it another name. */
const nameInPanel = 'Simulator'
const firstSentence = 'hey jarvis, what time is it'

type StartCommand = { readonly ports: StartPorts; readonly dataDir?: string; readonly options: CommonOptions }

const invitation = (url: string, setupUrl: string | undefined): string =>
  [
    '',
    `panel   ${url}`,
    ...(setupUrl === undefined ? [] : [`sign in ${setupUrl} (once, to set the password)`]),
    '',
    `The cloud and the speaker stay up. Say more: npm run simulator -- interactive --cloud ${url}`,
    'Ctrl-C stops everything.',
  ].join('\n')

const explain = (deps: CommandDeps, error: CloudError): ExitCode => {
  deps.note(error.message)
  if (error.code !== 'port_taken') return 1
  deps.note('With npm: npm start -- --http-port 8800 --mqtt-port 8883 --udp-port 8810 --data ./data-2')
  return 3
}

const liveWith = async (
  deps: CommandDeps,
  at: { readonly cloud: CloudProcess; readonly dataDir: string; readonly options: CommonOptions },
  signal: AbortSignal,
) => {
  const { cloud, dataDir, options } = at
  const { url, setupUrl } = cloud.ready()
  const room = await openRoom(deps, options)
  const token = orThrow(await cloud.newEnrolmentToken(signal, nameInPanel))
  const speaker = await startSpeaker(
    {
      ...deps,
      room,
      cloudUrl: url,
      token,
      storeDir: identityDirOf(new URL(url), dataDir),
      onInvitation: deps.note,
    },
    { name: 'simulator', language: options.language, localCommands: true },
    signal,
  )
  try {
    deps.note(`someone in the room says "${firstSentence}"`)
    const utterance = orThrow(await sayText({ text: firstSentence, language: 'en', voice: options.voice }, signal))
    const conversation = await converse({ house: { room }, speaker, utterance }, signal)
    await presentTurn(deps, { conversation, place: { room, speaker, close: speaker.stop }, options })
    if (options.json) deps.print(JSON.stringify({ panel_url: url, first_login_url: setupUrl ?? null }))
    else deps.print(invitation(url, setupUrl))
    await Promise.race([untilAborted(signal), cloud.ended()])
  } finally {
    await speaker.stop()
  }
}

/** `start`, what `npm start` runs: the cloud, one speaker, one spoken conversation; stays up until `signal` aborts. */
export const start = async (deps: CommandDeps, command: StartCommand, signal: AbortSignal): Promise<ExitCode> => {
  const dataDir = resolve(command.dataDir ?? join(repositoryRoot, 'data'))
  deps.note('starting the cloud and its speech service ...')
  const started = await startCloud(cloudDepsOf(deps), { dataDir, ports: command.ports, environment: {} }, signal)
  if (!started.ok) return signal.aborted ? 0 : explain(deps, started.error)
  const cloud = started.value
  try {
    await liveWith(deps, { cloud, dataDir, options: command.options }, signal)
    if (signal.aborted) return 0
    deps.note(['The cloud ended by itself. Its last words:', ...cloud.outputTail().slice(-10)].join('\n  '))
    return 1
  } catch (error) {
    if (signal.aborted && error instanceof ExpectationError) return 0
    throw error
  } finally {
    await cloud.stop()
    deps.note('stopped')
  }
}
