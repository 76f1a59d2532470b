import { type ChildProcess, spawn } from 'node:child_process'

export type ChildCommand = { readonly command: string; readonly args: readonly string[]; readonly install: string }

export type SoundChild = {
  readonly process: ChildProcess
  /** Rejects when it cannot start or ends by itself, with what it said; resolves when it ends after `stop`. */
  readonly ended: Promise<void>
  readonly stop: () => void
}

const keptStderrCharacters = 500

/** A sound tool as a child: what crashes in a driver must not take the speaker with it. */
export const startSoundChild = ({ command, args, install }: ChildCommand): SoundChild => {
  const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let stopping = false
  let said = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => {
    said = (said + text).slice(-keptStderrCharacters)
  })
  // A pipe that breaks is told by the end of the child; without listeners it would end this process.
  child.stdin.on('error', () => {})
  child.stdout.on('error', () => {})
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => {
      const missing = 'code' in error && error.code === 'ENOENT'
      const why = missing ? `${command} is not installed (${install})` : `${command} cannot start: ${error.message}`
      reject(new Error(why, { cause: error }))
    })
    child.once('close', (code, signal) => {
      if (stopping) resolve()
      else reject(new Error(`${command} ended (${signal ?? `exit code ${code}`}): ${said.trim() || 'it said nothing'}`))
    })
  })
  // Whoever waits sees the failure; nobody waiting must not be a crash.
  ended.catch(() => {})
  return {
    process: child,
    ended,
    stop: () => {
      stopping = true
      child.kill('SIGTERM')
    },
  }
}
