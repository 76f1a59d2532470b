import { systemClock } from '@mynah/shared/time/clock.ts'

/** CPU of this process as a share of one core since the last look, its memory in bytes. */
export type ProcessHealth = { readonly cpu: number; readonly memory: number }

export const createProcessHealth = (): (() => ProcessHealth) => {
  let before = { cpu: process.cpuUsage(), atMs: systemClock.now() }
  return () => {
    const cpu = process.cpuUsage()
    const atMs = systemClock.now()
    const usedUs = cpu.user + cpu.system - before.cpu.user - before.cpu.system
    const share = usedUs / 1000 / Math.max(1, atMs - before.atMs)
    before = { cpu, atMs }
    return { cpu: Math.round(share * 1000) / 1000, memory: process.memoryUsage.rss() }
  }
}
