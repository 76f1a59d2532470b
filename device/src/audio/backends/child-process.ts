import { type ChildProcess, spawn } from 'node:child_process'
import { faultInWords, SoundDeviceError } from './sound-device-error.ts'

export type ChildCommand = { readonly command: string; readonly args: readonly string[]; readonly install: string }

export type SoundChild = {
  readonly process: ChildProcess
  /** Rejects with `SoundDeviceError` when it cannot start or ends by itself, with what it said; resolves when it ends after `stop`. */
  readonly ended: Promise<void>
  /** Resolves when it takes sound; absent when it does so at once. */
  readonly ready?: Promise<void>
  /** Overruns and underruns that it told of. */
  readonly xruns: () => number
  readonly stop: () => void
}

const keptStderrCharacters = 500
/** `underrun!!! (at least 1.234 ms long)`: aplay.c, `xrun`; the word may be in any language. */
const xrunPattern = /!!! \(/g

/** A sound tool as a child: what crashes in a driver must not take the speaker with it. */
export const startSoundChild = ({ command, args, install }: ChildCommand): SoundChild =>
  watchSoundChild(spawn(command, [...args], { stdio: ['pipe', 'pipe', 'pipe'] }), { command, install })

/** The same for a process that somebody else has just started; its three streams must be pipes. */
export const watchSoundChild = (child: ChildProcess, { command, install }: Omit<ChildCommand, 'args'>): SoundChild => {
  let stopping = false
  let said = ''
  let xruns = 0
  child.stderr?.setEncoding('utf8')
  child.stderr?.on('data', (text: string) => {
    xruns += text.match(xrunPattern)?.length ?? 0
    said = (said + text).slice(-keptStderrCharacters)
  })
  // A pipe that breaks is told by the end of the child; without listeners it would end this process.
  child.stdin?.on('error', () => {})
  child.stdout?.on('error', () => {})
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => {
      const missing = 'code' in error && error.code === 'ENOENT'
      const why = missing ? `${command} is not installed (${install})` : `${command} cannot start: ${error.message}`
      reject(new SoundDeviceError(missing ? 'no_tool' : 'failed', why, { cause: error }))
    })
    child.once('close', (code, signal) => {
      if (stopping) return resolve()
      const words = said.trim() || 'it said nothing'
      const why = `${command} ended (${signal ?? `exit code ${code}`}): ${words}`
      reject(new SoundDeviceError(faultInWords(words), why))
    })
  })
  // Whoever waits sees the failure; nobody waiting must not be a crash.
  ended.catch(() => {})
  return {
    process: child,
    ended,
    xruns: () => xruns,
    stop: () => {
      stopping = true
      // There is nothing for it to save, and one that hangs in its driver would not hear anything milder.
      child.kill('SIGKILL')
    },
  }
}
