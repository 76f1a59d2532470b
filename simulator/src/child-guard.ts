import type { ChildProcess } from 'node:child_process'

/** Ends whatever was started and not stopped: the last act of a process, however it dies (short of SIGKILL). */
export type ChildGuard = {
  /** The child leads a process group of its own (`detached`), so that its own children end with it. */
  readonly watch: (child: ChildProcess) => void
  /** It was stopped and left nothing behind. */
  readonly forget: (child: ChildProcess) => void
  readonly killAll: () => void
}

/** Sends a signal to a child's whole process group; false when it is gone. */
export const signalGroup = (child: ChildProcess, signalName: NodeJS.Signals): boolean => {
  if (child.pid === undefined) return false
  try {
    return process.kill(-child.pid, signalName)
  } catch (error) {
    // ESRCH: no process of the group is left, which is what the caller wants.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

export const createChildGuard = (): ChildGuard => {
  const children = new Set<ChildProcess>()
  return {
    watch: (child) => {
      children.add(child)
    },
    forget: (child) => {
      children.delete(child)
    },
    killAll: () => {
      for (const child of children) signalGroup(child, 'SIGKILL')
      children.clear()
    },
  }
}
