import { parseJson } from '@mynah/shared/parse-json.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import type { ApiTally, Caller } from './api-caller.ts'
import type { ApiPlan } from './load-messages.ts'
import type { RawHttp } from './raw-http.ts'

const configSchema = v.object({
  version: v.number(),
  state: v.string(),
  config: v.object({ volume: v.optional(v.number()) }),
})

/** For a configuration that was not applied within the second that the cloud waits. */
const lateConfigMs = 30_000
const lateConfigEveryMs = 500

type Change = { readonly deviceId: string; readonly volume: number; readonly knownVersions: ReadonlySet<number> }

/** What is wrong with the answer to a changed configuration; undefined when the speaker itself says that it is applied. */
const faultIn = (
  { version, state, config }: v.InferOutput<typeof configSchema>,
  change: Change,
): string | undefined => {
  // The cloud waits a second for its speaker; whether it is applied after all is looked at then.
  if (state === 'replaced' || state === 'pending') return undefined
  if (state !== 'applied') return `a configuration was ${state} instead of applied`
  if (config.volume !== change.volume) return 'a configuration was answered with another one'
  // Two changes of one speaker may be answered in any order, but never with the same version.
  return change.knownVersions.has(version) ? 'two configurations have the same version' : undefined
}

/** Changes a setting and expects the speaker's own word that it is applied. */
export const createConfigChanges = (
  plan: Pick<ApiPlan, 'devicesOf'>,
  http: Pick<RawHttp, 'request'>,
  { violations, isEndedToken, noteLate }: Pick<ApiTally, 'violations' | 'isEndedToken' | 'noteLate'>,
  clock: Clock,
) => {
  const versions = new Map<string, Set<number>>()
  const late = new Set<Promise<void>>()
  let count = 0
  const knownOf = (deviceId: string): Set<number> => {
    const known = versions.get(deviceId) ?? new Set()
    versions.set(deviceId, known)
    return known
  }
  /** A speaker that answers late applies it all the same; one that never does has lost it, or its answer got lost. */
  const expectApplied = async (caller: Caller, deviceId: string, version: number) => {
    for (let waitedMs = 0; waitedMs < lateConfigMs; waitedMs += lateConfigEveryMs) {
      await clock.sleep(lateConfigEveryMs)
      const { status, body } = await http.request({
        method: 'GET',
        path: `/api/devices/${deviceId}/config`,
        token: caller.token,
      })
      const found = status === 200 ? v.safeParse(configSchema, parseJson(body)) : undefined
      if (!found?.success) continue
      if (found.output.version > version || found.output.state === 'applied') return noteLate()
    }
    violations.note('a configuration stayed pending although its speaker was there')
  }
  const check = (caller: Caller, change: Change, body: string) => {
    const answer = v.safeParse(configSchema, parseJson(body))
    if (answer.success && answer.output.state === 'pending')
      late.add(
        expectApplied(caller, change.deviceId, answer.output.version).catch(() =>
          violations.note('a configuration client failed'),
        ),
      )
    const fault = answer.success ? faultIn(answer.output, change) : 'the answer to a configuration is not valid'
    if (fault !== undefined) violations.note(fault)
    if (answer.success && answer.output.state !== 'replaced') knownOf(change.deviceId).add(answer.output.version)
  }
  const change = async (caller: Caller): Promise<{ readonly ms: number; readonly answered: boolean }> => {
    const { person, token } = caller
    const homeId = person.home_ids[count % Math.max(1, person.home_ids.length)] ?? ''
    const [deviceId] = plan.devicesOf[homeId] ?? []
    const volume = count++ % 100
    if (deviceId === undefined) return { ms: 0, answered: false }
    const startedMs = clock.now()
    const path = `/api/devices/${deviceId}/config`
    const { status, body } = await http.request({ method: 'PUT', path, token, body: JSON.stringify({ volume }) })
    const ms = clock.now() - startedMs
    if (status === 200) check(caller, { deviceId, volume, knownVersions: knownOf(deviceId) }, body)
    else if (status !== 503 && !isEndedToken(caller, status))
      violations.note(`a configuration was answered with ${status}`)
    return { ms, answered: status === 200 }
  }
  return { change, settled: () => Promise.all(late) }
}
