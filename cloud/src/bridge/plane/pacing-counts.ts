/** What pacing has done, in memory that a thread of its own may share: one writes, the other reads. */
export type PacingCounts = {
  /** A frame left so long after it was due, or after it was made where that was later. */
  readonly left: (lateMs: number) => void
  readonly datagram: (isSent: boolean) => void
  readonly paces: (streams: number) => void
  /** Those by lateness are cumulative: each bound counts what the narrower ones count, too. */
  readonly totals: () => PacingTotals
}
export type PacingTotals = Readonly<Record<string, number>> & {
  readonly datagrams_sent: number
  readonly datagrams_unsent: number
  readonly paced: number
}

const boundsMs = [1, 2, 5, 10, 20, 50, 100, 200] as const
const cell = { sent: 0, unsent: 1, paced: 2, frames: 3, bounds: 4 } as const
export const pacingCountsBytes = (cell.bounds + boundsMs.length) * Int32Array.BYTES_PER_ELEMENT

export const createPacingCounts = (
  memory: ArrayBuffer | SharedArrayBuffer = new ArrayBuffer(pacingCountsBytes),
): PacingCounts => {
  const cells = new Int32Array(memory)
  const at = (index: number) => cells[index] ?? 0
  const count = (index: number) => {
    cells[index] = at(index) + 1
  }
  return {
    left: (lateMs) => {
      count(cell.frames)
      for (let index = boundsMs.length - 1; index >= 0 && lateMs <= (boundsMs[index] ?? 0); index--)
        count(cell.bounds + index)
    },
    datagram: (isSent) => count(isSent ? cell.sent : cell.unsent),
    paces: (streams) => {
      cells[cell.paced] = streams
    },
    totals: () => ({
      ...Object.fromEntries(
        boundsMs.map((bound, index) => [`reply_frames_late_le_${bound}_ms`, at(cell.bounds + index)]),
      ),
      reply_frames: at(cell.frames),
      paced: at(cell.paced),
      datagrams_sent: at(cell.sent),
      datagrams_unsent: at(cell.unsent),
    }),
  }
}
