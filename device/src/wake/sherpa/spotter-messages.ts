import type { WakePreset } from '../wake-word.ts'
import type { KeywordModel } from './keyword-model.ts'

/** Between the speaker and the process that spots keywords. Both are one release of this code: the types are the schema. */
export type ToSpotter =
  | {
      readonly type: 'open'
      readonly model: Omit<KeywordModel, 'lines'>
      readonly lines: readonly string[]
      readonly preset: WakePreset
    }
  /** 20 ms, 16 kHz; `endSample` counts from the first frame. */
  | { readonly type: 'frame'; readonly samples: Int16Array; readonly endSample: number }
  | { readonly type: 'reset' }

export type FromSpotter =
  | { readonly type: 'ready' }
  | { readonly type: 'missing'; readonly reason: string }
  | { readonly type: 'heard'; readonly word: string; readonly atSample: number }
