import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { distDir } from './browser.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const sources = ['cloud/admin', 'shared/src'].map((folder) => join(root, folder))
const skipped = /^(dist|screenshots|node_modules)/

const newestMs = (path: string): number =>
  statSync(path).isDirectory()
    ? Math.max(
        0,
        ...readdirSync(path)
          .filter((name) => !skipped.test(name))
          .map((name) => newestMs(join(path, name))),
      )
    : statSync(path).mtimeMs

/** Builds the panel unless what is built is newer than every source of it. */
export const buildPanel = (): void => {
  const built = join(distDir, 'index.html')
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...sources.map(newestMs))) return
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const config = join(root, 'cloud/admin/vite.config.ts')
  const fresh = `${distDir}-${process.pid}`
  const args = [vite, 'build', '--config', config, '--outDir', fresh, '--logLevel', 'warn']
  const outcome = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  if (outcome.status !== 0) throw new Error(`the panel does not build:\n${outcome.stderr}${outcome.stdout}`)
  takeInPlace(fresh)
}

/** Whole or not at all: another file of tests may be reading the panel, or building it too. */
const takeInPlace = (fresh: string): void => {
  const old = `${fresh}-old`
  try {
    if (existsSync(distDir)) renameSync(distDir, old)
    renameSync(fresh, distDir)
  } catch (error) {
    // The one that was faster has built the same.
    if (!existsSync(join(distDir, 'index.html'))) throw error
  }
  rmSync(fresh, { recursive: true, force: true })
  rmSync(old, { recursive: true, force: true })
}
