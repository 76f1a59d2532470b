/** Frames of replies by how late the cloud itself says they left it; what is given is of a stretch of time. */
export type CloudLateness = {
  readonly frames: number
  /** Upper bounds in ms, ascending, with how many frames were no later. */
  readonly within: readonly { readonly boundMs: number; readonly frames: number }[]
}

const total = /^mynah_audio\{name="reply_frames"\} (\d+)$/m
const bounded = /^mynah_audio\{name="reply_frames_late_le_(\d+)_ms"\} (\d+)$/gm

/** Pure: the record in what `/metrics` answers; undefined when it has none. */
export const parseCloudLateness = (metrics: string): CloudLateness | undefined => {
  const frames = total.exec(metrics)?.[1]
  if (frames === undefined) return undefined
  const within = [...metrics.matchAll(bounded)].map((match) => ({
    boundMs: Number(match[1]),
    frames: Number(match[2]),
  }))
  return { frames: Number(frames), within: within.sort((a, b) => a.boundMs - b.boundMs) }
}

/** Pure: what came between two records; that of a worker which was started anew in between is no longer told. */
export const latenessBetween = (before: CloudLateness, after: CloudLateness): CloudLateness => ({
  frames: Math.max(0, after.frames - before.frames),
  within: after.within.map(({ boundMs, frames }) => ({
    boundMs,
    frames: Math.max(0, frames - (before.within.find((each) => each.boundMs === boundMs)?.frames ?? 0)),
  })),
})

/** The least bound that so large a share of the frames kept; undefined when none was wide enough, or nothing was sent. */
export const boundOf = ({ frames, within }: CloudLateness, share: number): number | undefined =>
  frames === 0 ? undefined : within.find((each) => each.frames >= share * frames)?.boundMs

/** Undefined when the cloud is too late to answer: a figure is missing then, and nothing else. */
export const readCloudLateness = async (url: string, signal: AbortSignal): Promise<CloudLateness | undefined> => {
  try {
    const answer = await fetch(`${url}/metrics`, { signal })
    return parseCloudLateness(await answer.text())
  } catch {
    return undefined
  }
}
