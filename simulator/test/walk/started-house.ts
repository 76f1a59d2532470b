import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock as clock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import { createChildGuard } from '../../src/child-guard.ts'
import { freePorts, privateCloudEnvironment } from '../../src/cloud-contract.ts'
import { start } from '../../src/commands/start.ts'
import { noiseAtSnr, pinkNoise } from '../../src/noise.ts'
import { createRoom, type Room, type Spot } from '../../src/room.ts'

/** What `npm start` brings up, with somebody in the room who listens to its speaker. */
export type StartedHouse = {
  readonly panelUrl: string
  readonly firstLoginUrl: string
  readonly room: Room
  /** Where the speaker of `npm start` stands. */
  readonly spot: Spot
  readonly folder: string
  readonly stop: () => Promise<void>
}

const invitationSchema = v.object({ panel_url: v.string(), first_login_url: v.string() })
const quietOptions = { cloud: { type: 'private' }, json: true, language: 'en', loss: 0, verbose: false } as const

const parsedInvitation = (text: string) => {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), invitationSchema), text)
  return parsed.success ? parsed.output : undefined
}

/** Runs the command behind `npm start` on free ports and a folder of its own, until its first spoken conversation is over. */
export const startHouse = async (): Promise<StartedHouse> => {
  const folder = mkdtempSync(join(tmpdir(), 'mynah-walk-'))
  const guard = createChildGuard()
  const stopping = new AbortController()
  const spots: Spot[] = []
  const notes: string[] = []
  const air = createRoom({ clock, noise: noiseAtSnr(pinkNoise(1), 45) })
  const room: Room = {
    ...air,
    addSpot: (name, echo) => {
      const spot = air.addSpot(name, echo)
      spots.push(spot)
      return spot
    },
  }
  let ended: Promise<unknown> = Promise.resolve()
  const stop = async () => {
    stopping.abort()
    await ended.catch(() => undefined)
    guard.killAll()
    rmSync(folder, { recursive: true, force: true })
  }
  const invited = new Promise<v.InferOutput<typeof invitationSchema>>((resolve, reject) => {
    ended = start(
      {
        clock,
        log: silentLog,
        guard,
        environment: { ...process.env, ...privateCloudEnvironment() },
        random: Math.random,
        fetch,
        room,
        print: (text) => {
          notes.push(text)
          const invitation = parsedInvitation(text)
          if (invitation) resolve(invitation)
        },
        note: (line) => notes.push(line),
        typedLines: async function* () {},
      },
      { ports: freePorts, dataDir: folder, options: quietOptions },
      stopping.signal,
    )
    ended.then((code) => reject(new Error(`it ended with ${code}:\n${notes.join('\n')}`)), reject)
  })
  try {
    const { panel_url: panelUrl, first_login_url: firstLoginUrl } = await invited
    const [spot] = spots
    if (!spot) throw new Error('nothing stands in the room')
    return { panelUrl, firstLoginUrl, room, spot, folder, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
