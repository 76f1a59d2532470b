import type Database from 'better-sqlite3'

/** What a home wants kept of its conversations. `keepDays` null: until somebody deletes them. */
export type HomeRetention = { readonly keepDays: number | null; readonly keepSound: boolean }
/** The same for one speaker; null: as the home says. */
export type DeviceRetention = { readonly keepDays: number | null; readonly keepSound: boolean | null }

export type RetentionStore = {
  readonly ofHome: (homeId: string) => HomeRetention
  readonly setHome: (homeId: string, retention: HomeRetention) => void
  /** What was chosen for a speaker in this home: in another one it begins anew. */
  readonly ofDevice: (device: DeviceInHome) => DeviceRetention
  readonly setDevice: (device: DeviceInHome, retention: DeviceRetention) => void
  /** Whether the sound of a turn is kept: the speaker's wish, else the home's, else not. */
  readonly keepsSound: (device: DeviceInHome) => boolean
}

type DeviceInHome = { readonly deviceId: string; readonly homeId: string }
type Row = { readonly keep_days: number | null; readonly keep_sound: number | null }

const asFlag = (wish: boolean | null) => (wish === null ? null : Number(wish))

export const createRetentionStore = ({ db }: { readonly db: Database.Database }): RetentionStore => {
  const homeRow = db.prepare<[string], Row>('SELECT keep_days, keep_sound FROM home_retention WHERE home_id = ?')
  const deviceRow = db.prepare<[string, string], Row>(
    'SELECT keep_days, keep_sound FROM device_retention WHERE device_id = ? AND home_id = ?',
  )
  const saveHome = db.prepare(`
    INSERT INTO home_retention (home_id, keep_days, keep_sound) VALUES (?, ?, ?)
    ON CONFLICT (home_id) DO UPDATE SET keep_days = excluded.keep_days, keep_sound = excluded.keep_sound`)
  const saveDevice = db.prepare(`
    INSERT INTO device_retention (device_id, home_id, keep_days, keep_sound) VALUES (?, ?, ?, ?)
    ON CONFLICT (device_id, home_id) DO UPDATE SET keep_days = excluded.keep_days, keep_sound = excluded.keep_sound`)
  const ofHome = (homeId: string): HomeRetention => {
    const row = homeRow.get(homeId)
    return { keepDays: row?.keep_days ?? null, keepSound: row?.keep_sound === 1 }
  }
  const ofDevice = ({ deviceId, homeId }: DeviceInHome): DeviceRetention => {
    const row = deviceRow.get(deviceId, homeId)
    const wish = row?.keep_sound ?? null
    return { keepDays: row?.keep_days ?? null, keepSound: wish === null ? null : wish === 1 }
  }
  return {
    ofHome,
    ofDevice,
    setHome: (homeId, { keepDays, keepSound }) => void saveHome.run(homeId, keepDays, asFlag(keepSound)),
    setDevice: ({ deviceId, homeId }, { keepDays, keepSound }) =>
      void saveDevice.run(deviceId, homeId, keepDays, asFlag(keepSound)),
    keepsSound: (device) => ofDevice(device).keepSound ?? ofHome(device.homeId).keepSound,
  }
}
