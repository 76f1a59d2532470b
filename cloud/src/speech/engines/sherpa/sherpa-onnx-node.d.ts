// The package has no declarations; this is the part in use.
declare module 'sherpa-onnx-node' {
  export type Waveform = { readonly samples: Float32Array; readonly sampleRate: number }
  export class OnlineStream {
    acceptWaveform(waveform: Waveform): void
    inputFinished(): void
  }
  export class OnlineRecognizer {
    constructor(config: unknown)
    createStream(): OnlineStream
    isReady(stream: OnlineStream): boolean
    decode(stream: OnlineStream): void
    getResult(stream: OnlineStream): { readonly text: string }
  }
  export class OfflineTts {
    static createAsync(config: unknown): Promise<OfflineTts>
    readonly sampleRate: number
    generateAsync(request: {
      readonly text: string
      readonly sid: number
      readonly speed: number
      readonly enableExternalBuffer: boolean
      /** Answering 0 or false stops the synthesis. */
      readonly onProgress: (piece: { readonly samples: Float32Array; readonly progress: number }) => boolean
    }): Promise<Waveform>
  }
}
