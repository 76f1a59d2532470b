import { talkUplinkHz } from '@mynah/shared/api/talk.ts'
import { clampToInt16 } from '@mynah/shared/audio/pcm.ts'
import { createResampler } from '@mynah/shared/audio/resample.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import workletUrl from './frames.worklet.ts?worker&url'
import type { Trouble } from './talk-state.ts'

export type Microphone = { readonly close: () => void }

const frameSamples = talkUplinkHz / 50

/** Browsers give the microphone to pages that came over TLS, or from this machine, and to no others. */
export const mayHaveMicrophone = (): boolean => window.isSecureContext && 'mediaDevices' in navigator

const troubleOf = (error: unknown): Trouble => {
  const name = error instanceof DOMException ? error.name : ''
  return name === 'NotAllowedError' || name === 'SecurityError' ? 'no_permission' : 'no_microphone'
}

/** A graph from the microphone to `onBlock`; some browsers refuse to join a microphone to a graph of another rate. */
const listenAt = async (stream: MediaStream, options: AudioContextOptions, onBlock: (block: Float32Array) => void) => {
  const context = new AudioContext(options)
  try {
    await context.audioWorklet.addModule(workletUrl)
    const source = context.createMediaStreamSource(stream)
    const frames = new AudioWorkletNode(context, 'frames', {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    })
    frames.port.onmessage = ({ data }: MessageEvent<Float32Array>) => onBlock(data)
    source.connect(frames)
    await context.resume()
    return context
  } catch (error) {
    void context.close()
    throw error
  }
}

const toInt16 = (block: Float32Array): Int16Array => Int16Array.from(block, (value) => clampToInt16(value * 32_768))

/** Blocks of any length and rate to frames of 20 ms at 16 kHz. */
const createFramer = (fromHz: number, onFrame: (frame: Int16Array<ArrayBuffer>) => void) => {
  const resampler = fromHz === talkUplinkHz ? undefined : createResampler({ fromHz, toHz: talkUplinkHz })
  let rest = new Int16Array(0)
  return (block: Float32Array) => {
    const samples = toInt16(block)
    const more = resampler ? resampler.push(samples) : samples
    const joined = new Int16Array(rest.length + more.length)
    joined.set(rest)
    joined.set(more, rest.length)
    let from = 0
    for (; from + frameSamples <= joined.length; from += frameSamples) onFrame(joined.slice(from, from + frameSamples))
    rest = joined.slice(from)
  }
}

/** Asks for the microphone and gives its sound, 20 ms at 16 kHz at a time, until closed. */
export const openMicrophone = async (
  onFrame: (frame: Int16Array<ArrayBuffer>) => void,
): Promise<Result<Microphone, Trouble>> => {
  if (!mayHaveMicrophone()) return refuse('no_secure_context')
  let stream: MediaStream | undefined
  try {
    const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true }
    const taken = await navigator.mediaDevices.getUserMedia({ audio })
    stream = taken
    const close = (context: AudioContext) => {
      for (const track of taken.getTracks()) track.stop()
      void context.close()
    }
    let onBlock: (block: Float32Array) => void = () => {}
    const context = await listenAt(taken, { sampleRate: talkUplinkHz }, (block) => onBlock(block)).catch(() =>
      listenAt(taken, {}, (block) => onBlock(block)),
    )
    onBlock = createFramer(context.sampleRate, onFrame)
    return ok({ close: () => close(context) })
  } catch (error) {
    for (const track of stream?.getTracks() ?? []) track.stop()
    return refuse(troubleOf(error))
  }
}
