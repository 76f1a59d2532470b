import type { RecordingQuality } from '@mynah/shared/wire/own-words.ts'

const qualities: Readonly<Record<RecordingQuality, string>> = {
  good: 'Good.',
  no_voice: 'Nobody was heard. Speak right after the sound.',
  too_quiet: 'Too quiet. Come closer, or speak up.',
  too_short: 'Too short to tell from other sounds. Three or four syllables work best.',
  too_long: 'Too long: 1.5 seconds at most.',
  not_alike: 'Not like the recordings before. Say the same word, as you would call the speaker.',
}

export const ownWords = {
  title: 'Wake words of your own',
  intro: 'In any language, recorded at the speaker. It then wakes for the voice that recorded it.',
  none: 'None yet.',
  offline: 'The speaker is offline. Its words are kept there.',
  tooOld: 'The speaker cannot do this.',
  active: (word: string) => `Listens for “${word}”`,
  resting: 'Kept, but not listened for',
  forget: 'Remove',
  forgetWord: (word: string) => `Remove ${word}`,
  forgetTitle: (word: string) => `Remove “${word}”?`,
  forgetText: 'The speaker forgets how it sounds. To use it again, record it again.',
  forgotten: (word: string) => `“${word}” is removed`,
  add: 'Record a word',
  word: 'Word',
  wordHint: 'What it is called here; it is known by its sound.',
  how: 'Stand where you usually speak to it. Press, wait for the sound of the speaker, say the word once. No recording leaves the speaker.',
  record: (number: string) => `Record (${number} of 3)`,
  recordNow: 'Say it after the sound …',
  recorded: (number: string) => `Recording ${number}`,
  measured: (level: string, length: string) => `${level} dBFS, ${length} s`,
  again: 'Begin anew',
  learned: (word: string) => `“${word}” is learned, the speaker listens for it`,
  qualities,
}
