import { fork } from 'node:child_process'

/** A process of ours beside the speaker, in which a native library may crash; it gets messages of one type and says those of another. */
export type SpeakerChild<To, From> = {
  /** Never throws; lost when the process is gone, which `onExit` tells. */
  readonly send: (message: To) => void
  readonly onMessage: (listener: (message: From) => void) => void
  /** Called once. */
  readonly onExit: (listener: (why: string) => void) => void
  readonly kill: () => void
}

export type SpeakerChildOf = {
  /** `import.meta.url` of the module that starts it. */
  readonly beside: string
  /** The module of the process, which lies beside that one, without its ending: TypeScript source, or a file of the bundle. */
  readonly name: string
  readonly stderr: 'inherit' | 'ignore'
  /** Node options instead of this process's own. */
  readonly execArgv?: readonly string[] | undefined
}

/** What a native library writes to its output is of no use to anybody. */
export const forkBeside = <To extends object, From>(of: SpeakerChildOf): SpeakerChild<To, From> => {
  const { beside, name, stderr, execArgv } = of
  const child = fork(new URL(`./${name}${beside.endsWith('.ts') ? '.ts' : '.js'}`, beside), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', stderr, 'ipc'],
    ...(execArgv ? { execArgv: [...execArgv] } : {}),
  })
  // A message to a process that has just died fails; its exit tells all there is to tell.
  child.on('error', () => {})
  return {
    send: (message) => {
      if (child.connected) child.send(message, () => {})
    },
    // The child is our own: its messages have this type by construction.
    onMessage: (listener) => void child.on('message', (message) => listener(message as From)),
    onExit: (listener) => {
      child.once('exit', (code, signal) => listener(signal ?? `exit code ${code}`))
      // What could not even be started (no such program, too many processes or files) never exits.
      child.once('error', ({ message }) => child.pid === undefined && listener(message))
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
