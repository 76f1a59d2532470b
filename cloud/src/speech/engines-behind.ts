import { readdirSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/** With nine, the thread that carries sound and words has eight times the share of a decoder; with five, its longest waits hardly change. */
const stepsBehind = 9
const mostNice = 19

/**
 * Lets the threads that compute, those of the engines, step behind the event loop: with two utterances being decoded on two cores,
 * sound would wait for the end of a time slice at each hop. Linux only, where each thread has a priority of its own; call it when the
 * engines are warm, since only threads that exist are met. What cannot be set stays as it is.
 */
export const putEnginesBehind = (): void => {
  if (process.platform !== 'linux') return
  const niceness = Math.min(mostNice, getPriority() + stepsBehind)
  for (const thread of readdirSync('/proc/self/task').map(Number)) {
    if (thread === process.pid) continue
    try {
      setPriority(thread, niceness)
    } catch {
      // It has ended since.
    }
  }
}
