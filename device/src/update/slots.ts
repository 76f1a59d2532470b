import { mkdir, open, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

export type SlotName = 'a' | 'b'

/** A new release that has yet to prove itself. */
export type Trial = {
  /** Where to go back to. */
  readonly from: SlotName
  /** Starts so far, counted by the launcher. */
  readonly tries: number
  /** Whether the cloud was reached before the switch: then it must be reached after it too. */
  readonly cloud: 'reached' | 'away'
  readonly releaseId: string
}

/**
 * Two slots and the link that names the one in use (`hardware/first-boot/launch` reads the same files). Each change is one rename, so a
 * power cut leaves the state before or after it.
 */
export type Slots = {
  /** Throws when `current` names no slot: this program was then not started by the launcher. */
  readonly current: () => Promise<SlotName>
  readonly pathOf: (slot: SlotName) => string
  readonly trial: () => Promise<Trial | undefined>
  /** First the trial is on disk, then the link changes: a start in between finds a trial of the slot it came from, and drops it. */
  readonly switchTo: (slot: SlotName, trial: Omit<Trial, 'tries' | 'from'>) => Promise<void>
  /** The release proved itself; it is remembered as the one that is installed. */
  readonly confirm: () => Promise<void>
  /** Whose offer needs no installing, whatever version its program believes to be. */
  readonly installedRelease: () => Promise<string | undefined>
  /** Back to the release before, which needs no network; the one that failed is not tried again. */
  readonly rollBack: (trial: Trial) => Promise<void>
  readonly failedReleases: () => Promise<ReadonlySet<string>>
}

export const otherSlot = (slot: SlotName): SlotName => (slot === 'a' ? 'b' : 'a')

const trialPattern = /^(a|b) (\d+) (reached|away) ([A-Za-z0-9_-]{1,64})\s*$/

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'

const textOf = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

const syncPath = async (path: string) => {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export const createSlots = (root: string): Slots => {
  const path = (name: string) => join(root, name)
  const pathOf = (slot: SlotName) => path(`slots/${slot}`)

  const replace = async (name: string, text: string) => {
    const next = path(`${name}.next`)
    await writeFile(next, text)
    await syncPath(next)
    await rename(next, path(name))
    await syncPath(root)
  }
  const link = async (slot: SlotName) => {
    const next = path('current.next')
    await rm(next, { force: true })
    await symlink(`slots/${slot}`, next)
    await rename(next, path('current'))
    await syncPath(root)
  }
  const current = async (): Promise<SlotName> => {
    const name = basename(await readlink(path('current')))
    if (name === 'a' || name === 'b') return name
    throw new Error(`${path('current')} names no slot but "${name}"`)
  }
  const endTrial = async () => {
    await rm(path('trial'), { force: true })
    await syncPath(root)
  }
  const failedReleases = async () => new Set((await textOf(path('failed')))?.split('\n').filter((line) => line !== ''))
  const trialOf = async (): Promise<Trial | undefined> => {
    const [, from, tries, cloud, releaseId] = trialPattern.exec((await textOf(path('trial'))) ?? '') ?? []
    // What the pattern matched is of these types.
    if (releaseId === undefined || from === (await current())) return undefined
    return { from: from as SlotName, tries: Number(tries), cloud: cloud as Trial['cloud'], releaseId }
  }
  return {
    current,
    pathOf,
    trial: trialOf,
    switchTo: async (slot, { cloud, releaseId }) => {
      const from = await current()
      if (from === slot) throw new RangeError(`slot ${slot} is in use already`)
      await mkdir(root, { recursive: true })
      await replace('trial', `${from} 0 ${cloud} ${releaseId}\n`)
      await link(slot)
    },
    confirm: async () => {
      const proven = await trialOf()
      if (proven) await replace('installed', `${proven.releaseId}\n`)
      await endTrial()
    },
    installedRelease: async () => (await textOf(path('installed')))?.trim(),
    rollBack: async ({ from, releaseId }) => {
      const failed = await failedReleases()
      await replace('failed', `${[...failed, releaseId].slice(-20).join('\n')}\n`)
      await link(from)
      await endTrial()
    },
    failedReleases,
  }
}
