import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programNamed } from '../../../test/requirement.ts'
import { soundOf } from '../recordings.ts'

/** A voice of Debian's `flite` or `espeak-ng`: `flite:slt`, `espeak:en-gb`. */
export type Voice = `flite:${string}` | `espeak:${string}`

export const flite = programNamed('flite')
export const espeak = programNamed('espeak-ng')

/** The text spoken, 16 kHz mono. Throws when the program is not installed. */
export const speak = (text: string, voice: Voice, wordsPerMinute = 150): Int16Array => {
  const folder = mkdtempSync(join(tmpdir(), 'mynah-voice-'))
  try {
    const file = join(folder, 'voice.wav')
    const [program, name = ''] = voice.split(':')
    if (program === 'flite') {
      const stretch = `duration_stretch=${150 / wordsPerMinute}`
      execFileSync('flite', ['-voice', name, '--setf', stretch, '-t', text, '-o', file])
    } else {
      execFileSync('espeak-ng', ['-v', name, '-s', String(wordsPerMinute), '-w', file, text])
    }
    return soundOf(readFileSync(file))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
