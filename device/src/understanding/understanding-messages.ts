import type { Language } from '@mynah/shared/wire/topics.ts'
import type { LocalAnswer, LocalRequest } from './understanding.ts'

/** Between the speaker and the process that understands. Both are one release of this code: the types are the schema. */
export type ToUnderstanding =
  | { readonly type: 'open'; readonly language: Language; readonly zhModelDir?: string; readonly lanSpeechUrl?: string }
  | { readonly type: 'answer'; readonly requestId: number; readonly request: LocalRequest }

export type FromUnderstanding =
  | { readonly type: 'ready'; readonly engine: string; readonly voice: string }
  | { readonly type: 'missing'; readonly reason: string }
  | { readonly type: 'answered'; readonly requestId: number; readonly answer: LocalAnswer }
  | { readonly type: 'failed'; readonly requestId: number; readonly message: string }
