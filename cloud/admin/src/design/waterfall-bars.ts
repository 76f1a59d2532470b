/** One bar of the picture: a part of the way from the end of speech to the first sound, in ms from the end of speech. */
export type WaterfallBar = {
  readonly hop: 'end_of_speech_to_commit' | 'stt_final' | 'dialogue' | 'llm_first_token' | 'tts_first_audio' | 'rest'
  readonly startMs: number
  readonly durationMs: number
}

const inOrder = ['end_of_speech_to_commit', 'stt_final', 'dialogue', 'llm_first_token', 'tts_first_audio'] as const

/**
 * The hops of a turn one after the other. What lies between the last of them and the first sound is `rest`: network, codec and
 * buffers. The model's time is part of the dialogue's, so it is not counted twice.
 */
export const waterfallBars = (timings: Readonly<Record<string, number>>): readonly WaterfallBar[] => {
  const own = (hop: (typeof inOrder)[number]): number => {
    const measuredMs = timings[hop] ?? 0
    return hop === 'dialogue' ? measuredMs - (timings.llm_first_token ?? 0) : measuredMs
  }
  const bars: WaterfallBar[] = []
  let startMs = 0
  for (const hop of inOrder) {
    const durationMs = own(hop)
    if (durationMs <= 0) continue
    bars.push({ hop, startMs, durationMs })
    startMs += durationMs
  }
  const firstSoundMs = timings.end_of_speech_to_first_audio
  if (firstSoundMs !== undefined && firstSoundMs > startMs) {
    bars.push({ hop: 'rest', startMs, durationMs: firstSoundMs - startMs })
  }
  return bars
}

/** Round steps for an axis up to `endMs`, four to eight of them. */
export const axisTicks = (endMs: number): readonly number[] => {
  const roughMs = Math.max(endMs, 1) / 5
  const magnitude = 10 ** Math.floor(Math.log10(roughMs))
  const stepMs = ([1, 2, 5, 10].find((factor) => factor * magnitude >= roughMs) ?? 10) * magnitude
  return Array.from({ length: Math.floor(endMs / stepMs) + 1 }, (_, step) => step * stepMs)
}
