import { assertNever } from '@mynah/shared/assert-never.ts'
import type { ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { Commands } from '../commands/commands.ts'
import type { ConfigKeeper } from '../config/config-keeper.ts'
import type { DialogShell } from '../dialog/shell.ts'
import type { ControlMessage } from '../link/control-link.ts'
import type { AudioPath } from '../link/path.ts'
import type { ScheduleKeeper } from '../local/schedule-keeper.ts'
import type { CurrentTurn } from './current-turn.ts'

export type InboundDeps = {
  readonly dialog: DialogShell
  readonly turn: CurrentTurn
  readonly path: AudioPath
  readonly receiveConfig: ConfigKeeper['receive']
  readonly schedule: ScheduleKeeper
  readonly commands: Commands
  /** The release that the cloud would like this speaker to run; null: none. */
  readonly offerUpdate: (offer: ToDeviceMessage<'update'>['offer']) => void
  /** Sound that belongs to no turn. */
  readonly playOther: (message: ToDeviceMessage<'play'>) => void
}

/** Where each message of the cloud goes. Late messages of an earlier session end in the dialog machine, which drops them. */
export const createInbound = (deps: InboundDeps) => {
  const { dialog, turn, path } = deps

  const onAck = (ack: ToDeviceMessage<'wake/ack'>) => {
    turn.acknowledged(ack)
    if (ack.udp && ack.session_id === dialog.sessionId()) inBackground(path.setAddress(ack.udp))
    const { session_id: sessionId, accepted, reason } = ack
    dialog.tell({ type: 'wake_acknowledged', sessionId, accepted, ...(reason ? { reason } : {}) })
  }
  const onSession = (message: ToDeviceMessage<'session'>) => {
    turn.sessionChanged(message)
    const { session_id: sessionId, phase, stop_capture: stopCapture = false, error } = message
    dialog.tell({ type: 'session_changed', sessionId, phase, stopCapture, ...(error ? { failure: error } : {}) })
  }
  const onPlay = (message: ToDeviceMessage<'play'>) => {
    const { session_id: sessionId, play_id: playId, source, expects_reply: expectsReply = false } = message
    if (sessionId === undefined) return deps.playOther(message)
    // The stored sentence is spoken when the session ends with its error, which follows; or that came first.
    if (source.type === 'phrase') return
    dialog.tell({ type: 'play_requested', sessionId, playId, source, expectsReply })
  }
  return (inbound: ControlMessage): void => {
    switch (inbound.kind) {
      case 'wake/ack':
        onAck(inbound.message)
        break
      case 'bridge':
        inBackground(path.setAddress(inbound.message.udp))
        break
      case 'transcript':
        turn.transcribed(inbound.message)
        break
      case 'session':
        onSession(inbound.message)
        break
      case 'play':
        onPlay(inbound.message)
        break
      case 'config':
        inBackground(deps.receiveConfig(inbound.message))
        break
      case 'schedule':
        dialog.tell({ type: 'cloud_acted' })
        inBackground(deps.schedule.receive(inbound.message.change))
        break
      case 'command':
        dialog.tell({ type: 'cloud_acted' })
        inBackground(deps.commands.receive(inbound.message))
        break
      case 'update':
        deps.offerUpdate(inbound.message.offer)
        break
      default:
        assertNever(inbound)
    }
  }
}

/** Each of these reports its own failures and never rejects. */
const inBackground = (work: Promise<void>): void => {
  work.catch(() => {})
}
