import { scheduledSchema } from '@mynah/shared/api/schedules.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import * as v from 'valibot'
import type { Fleet } from './fleet.ts'
import type { LoadSite } from './load-site.ts'
import { createRawHttp, type RawHttp } from './raw-http.ts'

/** Alarms that are set before anything goes wrong and must be as they were when all is over. */
export type SoakAlarms = { readonly set: number; readonly kept: () => Promise<number> }

type Alarm = { readonly deviceId: string; readonly token: string; readonly firesAt: string }

const mostAlarms = 20
const itemId = 'soak'
const connections = 4
const dayMs = 86_400_000
const listSchema = v.object({ items: v.array(scheduledSchema) })

/** One in each of the first homes that somebody may look into, each at another time in two days. Pure. */
export const alarmsFor = ({ homes, people }: Fleet, nowMs: number): readonly Alarm[] =>
  homes.slice(0, mostAlarms).flatMap(({ home_id, device_ids: [deviceId] }, index) => {
    const token = people.find(({ home_ids }) => home_ids.includes(home_id))?.token
    const firesAt = instant(nowMs + 2 * dayMs + index * 60_000).toISOString()
    return deviceId === undefined || token === undefined ? [] : [{ deviceId, token, firesAt }]
  })

const setOne = async (http: RawHttp, { deviceId, token, firesAt }: Alarm): Promise<boolean> => {
  const path = `/api/devices/${deviceId}/schedule/${itemId}`
  const body = JSON.stringify({ kind: 'alarm', fires_at: firesAt, label: 'soak' })
  const { status } = await http.request({ method: 'PUT', path, token, body })
  return status === 200
}

const isKept = async (http: RawHttp, { deviceId, token, firesAt }: Alarm): Promise<boolean> => {
  const { status, body } = await http.request({ method: 'GET', path: `/api/devices/${deviceId}/schedule`, token })
  if (status !== 200) return false
  const { items } = v.parse(listSchema, JSON.parse(body))
  return items.some((item) => item.item_id === itemId && item.fires_at === firesAt)
}

/** Sets them through the API; the speakers say that they hold them. */
export const setAlarms = async ({ fleet, url }: LoadSite, clock: Clock): Promise<SoakAlarms> => {
  const alarms = alarmsFor(fleet, clock.wallTime().getTime())
  const counting = async (act: (http: RawHttp, alarm: Alarm) => Promise<boolean>) => {
    const http = createRawHttp({ clock, url, connections })
    const done = await Promise.all(alarms.map((alarm) => act(http, alarm)))
    http.close()
    return done.filter(Boolean).length
  }
  const set = await counting(setOne)
  return { set, kept: () => counting(isKept) }
}
