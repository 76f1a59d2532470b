import type { Log, LogLevel } from '@mynah/shared/log/log.ts'
import type { OwnWordCommand } from '@mynah/shared/wire/own-words.ts'
import type { FromDeviceMessage, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'

type Ack = Omit<FromDeviceMessage<'command/ack'>, 'v'>
type Command = ToDeviceMessage<'command'>['command']
type Outcome = Omit<Ack, 'command_id'>

/** What commands act on; an effect that this speaker does not have is refused with `not_supported`. */
export type CommandEffects = {
  readonly identify: () => void
  readonly setVolume: (volume: number) => Promise<void>
  readonly doctor: () => Promise<Record<string, unknown>>
  readonly ownWords?: (command: OwnWordCommand) => Promise<Outcome>
  readonly reboot?: () => void
  readonly setLogLevel?: (level: LogLevel) => void
  /** Forgets whose speaker this is. */
  readonly unclaim?: () => Promise<void>
  /** After the answer to `unclaim`: stops serving who is no owner any more. */
  readonly released?: () => void
}

export type CommandsDeps = {
  readonly log: Log
  readonly effects: CommandEffects
  readonly acknowledge: (ack: Ack) => void
}

/** Runs each command once, whatever QoS 1 delivers: a repeated id gets the same answer again. Never rejects. */
export type Commands = { readonly receive: (message: ToDeviceMessage<'command'>) => Promise<void> }

const rememberedCommands = 100

export const createCommands = ({ log, effects, acknowledge }: CommandsDeps): Commands => {
  const outcomes = new Map<string, Promise<Outcome>>()

  const remember = (commandId: string, outcome: Promise<Outcome>) => {
    outcomes.set(commandId, outcome)
    const [oldest] = outcomes.keys()
    if (outcomes.size > rememberedCommands && oldest !== undefined) outcomes.delete(oldest)
  }
  const runOnce = async (command: Command): Promise<Outcome> => {
    try {
      return await run(command, effects)
    } catch (error) {
      log.error('a command failed', { command: command.type, error })
      return { ok: false, error: { code: 'failed', message: `${command.type} failed on the speaker` } }
    }
  }
  return {
    receive: async ({ command_id, command }) => {
      const known = outcomes.get(command_id)
      const outcome = known ?? runOnce(command)
      if (!known) remember(command_id, outcome)
      const answer = await outcome
      acknowledge({ command_id, ...answer })
      // After the answer: a speaker that restarts cannot give one.
      if (!known && command.type === 'reboot') effects.reboot?.()
      if (!known && command.type === 'unclaim' && answer.ok) effects.released?.()
    },
  }
}

const done: Outcome = { ok: true }
const notSupported = (what: string): Outcome => ({
  ok: false,
  error: { code: 'not_supported', message: `this speaker cannot ${what}` },
})

const run = async (command: Command, effects: CommandEffects): Promise<Outcome> => {
  switch (command.type) {
    case 'identify':
      effects.identify()
      return done
    case 'set_volume':
      await effects.setVolume(command.volume)
      return done
    case 'doctor':
      return { ok: true, report: await effects.doctor() }
    case 'reboot':
      return effects.reboot ? done : notSupported('restart itself')
    case 'log_level':
      if (!effects.setLogLevel) return notSupported('change its log level')
      effects.setLogLevel(command.level)
      return done
    case 'unclaim':
      if (!effects.unclaim) return notSupported('be released from here')
      await effects.unclaim()
      return done
    case 'list_own_words':
    case 'record_own_word':
    case 'set_own_word':
    case 'forget_own_word':
      return effects.ownWords ? effects.ownWords(command) : notSupported('learn wake words of its own')
  }
}
