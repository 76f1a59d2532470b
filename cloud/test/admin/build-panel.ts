import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { distDir } from './browser.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const sources = ['cloud/admin', 'shared/src/api', 'shared/src/wire'].map((folder) => join(root, folder))
const skipped = new Set(['dist', 'screenshots', 'node_modules'])

const newestMs = (path: string): number =>
  statSync(path).isDirectory()
    ? Math.max(
        0,
        ...readdirSync(path)
          .filter((name) => !skipped.has(name))
          .map((name) => newestMs(join(path, name))),
      )
    : statSync(path).mtimeMs

/** Builds the panel unless what is built is newer than every source of it. */
export const buildPanel = (): void => {
  const built = join(distDir, 'index.html')
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...sources.map(newestMs))) return
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const config = join(root, 'cloud/admin/vite.config.ts')
  const outcome = spawnSync(process.execPath, [vite, 'build', '--config', config, '--logLevel', 'warn'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (outcome.status !== 0) throw new Error(`the panel does not build:\n${outcome.stderr}${outcome.stdout}`)
}
