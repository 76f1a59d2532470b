import { createHash } from 'node:crypto'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { cpuTimesOf } from '../../supervise/cpu-wait.ts'
import { random } from '../../supervise/random.ts'
import type { AudioEvent, AudioPlane, StreamAddress, Tunnel } from '../audio-plane.ts'
import { createDeferred } from './deferred.ts'
import type { PlaneLimits } from './plane-limits.ts'
import { createTurnAdmission } from './turn-admission.ts'
import { forkWorker, type StartWorker } from './worker-process.ts'
import { createWorkerSlot, type WorkerSlot } from './worker-slot.ts'

export type AudioPlaneDeps = {
  readonly clock: Clock
  readonly log: Log
  /** Child processes, one UDP port each. */
  readonly workers: number
  /** Address the sockets bind to. */
  readonly bindHost: string
  /** Name or address that speakers send to. */
  /** Told to speakers; may change. */
  readonly publicHost: () => string
  /** Worker i listens on basePort + i; 0 lets the system choose each. */
  readonly basePort: number
  /** host:port of the speech service. */
  readonly speechAddress: string
  readonly limits?: Partial<PlaneLimits>
  /** For tests: workers other than forked processes. */
  readonly startWorker?: StartWorker
}

/** Which worker serves a device: always the same, so that its address can be told ahead and its tunnel goes to its streams. */
export const shardOf = (deviceId: string, workers: number): number =>
  createHash('sha256').update(deviceId).digest().readUInt32BE() % workers

/** After it the plane knows nothing of the session any more. */
const isLast = (event: AudioEvent): boolean =>
  event.type === 'closed' || (event.type === 'failed' && event.code === 'plane_crashed')

/** The audio plane in child processes. Throws RangeError without at least one worker. */
export const createAudioPlane = (deps: AudioPlaneDeps): AudioPlane => {
  if (!Number.isInteger(deps.workers) || deps.workers < 1) {
    throw new RangeError(`the audio plane needs at least 1 worker, got ${deps.workers}`)
  }
  const startWorker = deps.startWorker ?? (() => forkWorker({}))
  const tunnels = new Map<number, (datagram: Uint8Array) => void>()
  let listener: (event: AudioEvent) => void = () => {}
  let nextTunnel = 0

  const slots: readonly WorkerSlot[] = Array.from({ length: deps.workers }, (_, index) =>
    createWorkerSlot({
      clock: deps.clock,
      log: deps.log.with({ audioWorker: index }),
      random,
      startWorker,
      config: {
        bindHost: deps.bindHost,
        port: deps.basePort === 0 ? 0 : deps.basePort + index,
        speechAddress: deps.speechAddress,
        ...(deps.limits ? { limits: deps.limits } : {}),
      },
      onEvent: (event) => {
        admission.noteEvent(event)
        if (isLast(event)) sessionSlots.delete(event.sessionId)
        listener(event)
      },
      onTunnelSend: (tunnelId, bytes) => tunnels.get(tunnelId)?.(bytes),
    }),
  )
  const sessionSlots = new Map<string, WorkerSlot>()
  const admission = createTurnAdmission({
    clock: deps.clock,
    log: deps.log,
    underWay: () => sessionSlots.size,
    cpuTimes: () =>
      new Map(
        slots.flatMap((slot) => {
          const pid = slot.pid()
          const times = pid === undefined ? undefined : cpuTimesOf(pid)
          return pid === undefined || times === undefined ? [] : [[pid, times] as const]
        }),
      ),
  })
  const slotOf = (deviceId: string): WorkerSlot => {
    const slot = slots[shardOf(deviceId, slots.length)]
    if (!slot) throw new RangeError('a shard lies outside the workers')
    return slot
  }
  const addressOf = (slot: WorkerSlot): StreamAddress => ({ host: deps.publicHost(), port: slot.port() })

  const attachTunnel = (deviceId: string, send: (datagram: Uint8Array) => void): Tunnel => {
    const tunnelId = nextTunnel++
    const slot = slotOf(deviceId)
    tunnels.set(tunnelId, send)
    return {
      receive: (bytes) => {
        if (tunnels.has(tunnelId)) slot.forward({ type: 'tunnel_datagram', tunnelId, deviceId, bytes })
      },
      close: () => {
        if (tunnels.delete(tunnelId)) slot.forward({ type: 'tunnel_closed', tunnelId })
      },
    }
  }
  return {
    ready: async (signal) => {
      const aborted = createDeferred<never>()
      const onAbort = () => aborted.reject(signal.reason)
      if (signal.aborted) onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        await Promise.race([Promise.all(slots.map((slot) => slot.ready)), aborted.promise])
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
    },
    open: async (stream) => {
      const slot = slotOf(stream.deviceId)
      admission.noteBegun()
      // Before the answer: the first events of the stream may come with it.
      sessionSlots.set(stream.sessionId, slot)
      try {
        await slot.open(stream)
      } catch (error) {
        sessionSlots.delete(stream.sessionId)
        throw error
      }
      return addressOf(slot)
    },
    command: (command) => sessionSlots.get(command.sessionId)?.command(command),
    onEvent: (next) => {
      listener = next
    },
    attachTunnel,
    isOverloaded: (deviceId) => admission.isFull() || slotOf(deviceId).isOverloaded(),
    addressFor: (deviceId) => addressOf(slotOf(deviceId)),
    counters: async () => {
      const all = await Promise.all(slots.map((slot) => slot.counters()))
      const sums: Record<string, number> = {}
      for (const counters of all) {
        for (const [name, value] of Object.entries(counters)) sums[name] = (sums[name] ?? 0) + value
      }
      // Empty while no worker answers.
      return Object.keys(sums).length === 0 ? sums : { ...sums, conversations_limit: admission.limit() }
    },
    run: async (signal) => {
      for (const slot of slots) slot.start()
      await admission.run(signal)
      await Promise.all(slots.map((slot) => slot.stop()))
    },
  }
}
