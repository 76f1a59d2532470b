/** Runs on the browser's sound thread: cuts what the microphone gives into frames of 20 ms and posts each. */

declare const sampleRate: number
declare const registerProcessor: (name: string, processor: new () => AudioWorkletProcessor) => void
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}

const frameMs = 20

class FrameProcessor extends AudioWorkletProcessor {
  private frame = new Float32Array(Math.round((sampleRate * frameMs) / 1_000))
  private filled = 0

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    const samples = inputs[0]?.[0]
    for (let from = 0; samples && from < samples.length; ) {
      const part = samples.subarray(from, from + this.frame.length - this.filled)
      this.frame.set(part, this.filled)
      this.filled += part.length
      from += part.length
      if (this.filled === this.frame.length) this.post()
    }
    return true
  }

  private post() {
    const { frame } = this
    this.frame = new Float32Array(frame.length)
    this.filled = 0
    this.port.postMessage(frame, [frame.buffer])
  }
}

// A class, because the browser makes the processor itself and takes nothing else.
registerProcessor('frames', FrameProcessor)
