// The package's own declarations are not reachable through its `exports`; this is the part in use.
declare module '@evan/opus' {
  export class Encoder {
    constructor(options: {
      channels: 1 | 2
      sample_rate: number
      application: 'voip' | 'audio' | 'restricted_lowdelay'
    })
    encode(pcm: ArrayBufferView): Uint8Array
    set bitrate(bitsPerSecond: number)
    set complexity(complexity: number)
    set signal(signal: 'auto' | 'voice' | 'music')
  }
  export class Decoder {
    constructor(options: { channels: 1 | 2; sample_rate: number })
    decode(packet: ArrayBufferView): Uint8Array
  }
}
