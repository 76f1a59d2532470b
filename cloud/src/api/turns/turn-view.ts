import type { TurnDetail, TurnView } from '@mynah/shared/api/turns.ts'
import type { ArchivedTurn, TurnArchive } from '../../store/turn-archive.ts'
import type { OwnerOf } from './browser-owner.ts'

export const turnViewOf = (turn: ArchivedTurn, ownerOf: OwnerOf): TurnView => ({
  session_id: turn.sessionId,
  conversation_id: turn.conversationId,
  device_id: turn.deviceId,
  talked_by: ownerOf(turn),
  speaker_name: turn.speakerName ?? null,
  home_id: turn.homeId,
  language: turn.language,
  trigger: turn.trigger,
  started_at: turn.startedAt,
  ended_at: turn.endedAt ?? null,
  heard: turn.heard,
  reply: turn.reply,
  answered_by: turn.answeredBy ?? null,
  tools: [...turn.tools],
  outcome: turn.outcome ?? null,
  failure: turn.failure ? { ...turn.failure } : null,
  timings: { ...turn.timings },
  feedback: turn.feedback ? { ...turn.feedback } : null,
  sound: turn.sound ? { heard_ms: turn.sound.heardMs, spoken_ms: turn.sound.spokenMs } : null,
})

export const turnDetailOf = (archive: TurnArchive, turn: ArchivedTurn, ownerOf: OwnerOf): TurnDetail => ({
  ...turnViewOf(turn, ownerOf),
  wake_word: turn.wakeWord ?? null,
  score: turn.score ?? null,
  heard_reply: turn.heardReply,
  device_audio: turn.deviceAudio ? { ...turn.deviceAudio } : null,
  uplink_audio: turn.uplinkAudio ? { ...turn.uplinkAudio } : null,
  conversation: archive
    .conversation(turn.conversationId, turn.homeId)
    .map(({ sessionId, startedAt }) => ({ session_id: sessionId, started_at: startedAt })),
})
