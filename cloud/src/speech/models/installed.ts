import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { type CatalogueEntry, catalogue } from './catalogue.ts'
import { sha256Of } from './download.ts'

/** Lies in a model's folder and makes it installed: written last, so that half a model is none. */
export const manifestName = 'mynah-model.json'

const manifestSchema = v.object({
  v: v.literal(1),
  name: v.string(),
  /** Digest of each file the engine reads, computed when it was unpacked from the verified download. */
  sha256: v.record(v.string(), v.string()),
})
export type Manifest = v.InferOutput<typeof manifestSchema>

export type InstalledModel = { readonly entry: CatalogueEntry; readonly dir: string }

export const isInstalled = (modelsDir: string, name: string): boolean => existsSync(join(modelsDir, name, manifestName))

/** Models of the catalogue that lie in this folder. */
export const installedModels = (modelsDir: string): readonly InstalledModel[] =>
  catalogue
    .filter((entry) => isInstalled(modelsDir, entry.name))
    .map((entry) => ({ entry, dir: join(modelsDir, entry.name) }))

/**
 * Checks every file that the engine will read: a wrong one ends the process instead of throwing. Answers what is wrong, or
 * undefined.
 */
export const flawOf = async ({ dir }: InstalledModel): Promise<string | undefined> => {
  const parsed = v.safeParse(manifestSchema, await readManifest(dir))
  if (!parsed.success) return `${manifestName} cannot be read`
  for (const [name, wanted] of Object.entries(parsed.output.sha256)) {
    const path = join(dir, name)
    if (!existsSync(path)) return `${name} is missing`
    const digest = await sha256Of(path)
    if (digest !== wanted) return `${name} has changed: sha256 ${digest}, not ${wanted}`
  }
  return undefined
}

const readManifest = async (dir: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(join(dir, manifestName), 'utf8'))
  } catch {
    // The schema refuses it with the reason that counts.
    return undefined
  }
}
