import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type CatalogueEntry, type Download, neededFiles } from './catalogue.ts'
import { download, type Progress, sha256Of, verifyDigest } from './download.ts'
import { type Manifest, manifestName } from './installed.ts'
import { ModelError, modelErrorOf } from './model-error.ts'

export type InstallOptions = {
  readonly modelsDir: string
  readonly baseUrl: string
  /** The owner's word for a download whose digest the catalogue does not know. */
  readonly trust:
    | { readonly type: 'catalogue' }
    | { readonly type: 'digest'; readonly sha256: string }
    | { readonly type: 'unverified' }
  readonly onProgress: (file: string, progress: Progress) => void
  readonly onNote: (note: string) => void
}

const downloadsFolder = '.downloads'
/** Archives hold the weights twice (float and int8), packed to about the size of one. */
const unpackedRatio = 3

const unpack = (archive: string, into: string): Promise<void> =>
  new Promise((resolve, reject) => {
    // No owner and no links out of the folder: the archive is verified, but it is still somebody else's.
    const child = spawn('tar', ['-xjf', archive, '-C', into, '--no-same-owner', '--no-same-permissions'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk}`.slice(-500)
    })
    child.on('error', (cause) =>
      reject(new ModelError('bad_archive', 'tar could not be started: install it', { cause })),
    )
    child.on('close', (code) => {
      if (code === 0) return resolve()
      const full = /No space left/i.test(complaint)
      const reason = complaint.trim().split('\n').at(-1) ?? ''
      reject(
        full
          ? new ModelError('disk_full', 'the disk is full: free some space and pull again')
          : new ModelError(
              'bad_archive',
              `the archive cannot be unpacked (tar ended with ${code}: ${reason}); are tar and bzip2 installed?`,
            ),
      )
    })
  })

const checkSpace = async (entry: CatalogueEntry, modelsDir: string) => {
  const neededBytes = entry.downloads.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0) * unpackedRatio
  const { bavail, bsize } = await statfs(modelsDir)
  const freeBytes = bavail * bsize
  if (freeBytes < neededBytes) {
    const [needed, free] = [neededBytes, freeBytes].map((bytes) => Math.round(bytes / 1e6))
    throw new ModelError('disk_full', `about ${needed} MB are needed in ${modelsDir}, ${free} MB are free`)
  }
}

const wantedDigest = ({ sha256, path }: Download, { trust }: InstallOptions): string | undefined => {
  if (sha256) return sha256
  if (trust.type === 'digest') return trust.sha256
  if (trust.type === 'unverified') return undefined
  throw new ModelError(
    'unverified',
    `the digest of ${basename(path)} is not known: pull with --sha256 HEX, or with --accept-unverified to trust the server`,
  )
}

/** Fetches one file into the downloads folder; one that is there already is only verified. */
const fetchVerified = async (item: Download, options: InstallOptions, signal: AbortSignal): Promise<string> => {
  const wanted = wantedDigest(item, options)
  const file = basename(item.path)
  const path = join(options.modelsDir, downloadsFolder, file)
  const url = `${options.baseUrl}/${item.path}`
  if (!existsSync(path)) {
    await download({ url, path, onProgress: (progress) => options.onProgress(file, progress) }, signal)
  }
  if (wanted) await verifyDigest(path, wanted)
  else options.onNote(`${file} was not verified; its sha256 is ${await sha256Of(path)}`)
  return path
}

/** The archive's own top folder has the model's name; anything else is not the model. */
const assemble = async (entry: CatalogueEntry, files: readonly string[], staging: string): Promise<string> => {
  const dir = join(staging, entry.name)
  for (const file of files) {
    if (file.endsWith('.tar.bz2')) await unpack(file, staging)
    else {
      await mkdir(dir, { recursive: true })
      await copyFile(file, join(dir, basename(file)))
    }
  }
  const missing = neededFiles(entry.engine).filter((name) => !existsSync(join(dir, name)))
  if (missing.length > 0) throw new ModelError('bad_archive', `the archive lacks ${missing.join(', ')}`)
  return dir
}

const writeManifest = async (entry: CatalogueEntry, dir: string) => {
  const sha256: Record<string, string> = {}
  for (const name of neededFiles(entry.engine)) sha256[name] = await sha256Of(join(dir, name))
  const manifest: Manifest = { v: 1, name: entry.name, sha256 }
  await writeFile(join(dir, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`)
}

/**
 * Downloads, verifies and unpacks a model; it appears in `modelsDir` whole or not at all. Answers its folder. Throws `ModelError`;
 * what was downloaded so far is kept for the next try.
 */
export const installModel = async (
  entry: CatalogueEntry,
  options: InstallOptions,
  signal: AbortSignal,
): Promise<string> => {
  const { modelsDir } = options
  const staging = join(modelsDir, `.staging-${process.pid}`)
  const target = join(modelsDir, entry.name)
  try {
    for (const item of entry.downloads) wantedDigest(item, options)
    await mkdir(join(modelsDir, downloadsFolder), { recursive: true })
    await checkSpace(entry, modelsDir)
    const files: string[] = []
    for (const item of entry.downloads) files.push(await fetchVerified(item, options, signal))
    await mkdir(staging, { recursive: true })
    const dir = await assemble(entry, files, staging)
    await writeManifest(entry, dir)
    await rm(target, { recursive: true, force: true })
    await rename(dir, target)
    for (const file of files) await rm(file, { force: true })
    return target
  } catch (error) {
    throw modelErrorOf(error, options.baseUrl)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}
