/** Cuts PCM of any length into frames of one length. */
export type PcmFramer = {
  /** Complete frames; what is left waits for more. */
  readonly push: (samples: Int16Array) => readonly Int16Array[]
  /** The last frame, filled up with silence; none when nothing waits. */
  readonly flush: () => Int16Array | undefined
}

export const createPcmFramer = (frameSamples: number): PcmFramer => {
  let frame = new Int16Array(frameSamples)
  let filled = 0
  const take = (): Int16Array => {
    const complete = frame
    frame = new Int16Array(frameSamples)
    filled = 0
    return complete
  }
  return {
    push: (samples) => {
      const complete: Int16Array[] = []
      for (let from = 0; from < samples.length; ) {
        const part = samples.subarray(from, from + frameSamples - filled)
        frame.set(part, filled)
        filled += part.length
        from += part.length
        if (filled === frameSamples) complete.push(take())
      }
      return complete
    },
    flush: () => (filled === 0 ? undefined : take()),
  }
}
