import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock as clock } from '@mynah/shared/time/clock.ts'
import { vi } from 'vitest'
import { patienceMs } from '../../test/patience.ts'
import { createRoom, type Room, type Spot } from '../src/room.ts'
import { type SimulatedSpeaker, startSpeaker } from '../src/speaker.ts'

export type UnownedSpeakerOptions = {
  readonly cloudUrl: string
  readonly storeDir: string
  readonly name: string
  /** One of its own when absent. */
  readonly room?: Room
  readonly hardware?: Spot
  readonly language?: 'en' | 'zh'
}

/** A speaker that has just been switched on: `codes` and `links` are those it asked for, `speaker` resolves when it is online. */
export const startUnownedSpeaker = (options: UnownedSpeakerOptions) => {
  const { cloudUrl, storeDir, name, hardware, language } = options
  const lines: string[] = []
  const stop = new AbortController()
  const speaker: Promise<SimulatedSpeaker> = startSpeaker(
    {
      clock,
      log: silentLog,
      random: Math.random,
      fetch,
      room: options.room ?? createRoom({ clock }),
      cloudUrl,
      storeDir,
      onInvitation: (line) => lines.push(line),
      ...(hardware && { hardware }),
    },
    { name, ...(language && { language }) },
    stop.signal,
  )
  // Who stops it while it waits knows that it will not come online.
  speaker.catch(() => {})
  const codes = () => lines.flatMap((line) => /code is (\d{3}) (\d{3})/.exec(line)?.slice(1).join('') ?? [])
  const links = () => lines.flatMap((line) => line.match(/http\S+\/claim\/\d{6}/) ?? [])
  const untilCode = (nth = 0): Promise<string> =>
    vi.waitFor(
      () => {
        const code = codes()[nth]
        if (code === undefined) throw new Error(`${name} did not ask for an owner (${nth + 1})`)
        return code
      },
      { timeout: patienceMs },
    )
  return { speaker, codes, links, untilCode, giveUp: () => stop.abort() }
}
