import { expect, test } from 'vitest'
import { hopsOf } from '../src/turn-hops.ts'

test('hops are differences of moments, and what Mynah adds is without endpointing and engines', () => {
  const hops = hopsOf(
    {
      wakeMs: 1_000,
      firstPacketMs: 1_004,
      acknowledgedMs: 1_012,
      firstPartialMs: 1_200,
      endOfSpeechMs: 2_000,
      commitMs: 2_310,
      firstReplySampleMs: 2_420,
      endedMs: 4_500,
    },
    { stt_final: 44, stt_compute: 40, tts_first_audio: 45.5 },
  )
  expect(hops).toEqual({
    wake_to_first_packet: 4,
    wake_to_ack: 12,
    first_partial: 200,
    end_of_speech_to_commit: 310,
    commit_to_first_audio: 110,
    end_of_speech_to_first_audio: 420,
    stt_final: 44,
    stt_compute: 40,
    tts_first_audio: 45.5,
    mynah_added: 24.5,
    total: 3_500,
  })
})

test('a hop whose begin or end did not happen is absent', () => {
  expect(hopsOf({ wakeMs: 1, firstPacketMs: 3 }, {})).toEqual({ wake_to_first_packet: 2 })
})
