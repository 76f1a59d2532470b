import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const licenceFile = /^(licen[cs]e|copying|notice)([.-].*)?$/i

/** `node_modules/a/node_modules/@b/c/lib/x.js` is of the package in `node_modules/a/node_modules/@b/c`. */
const packageFolder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/

const textOf = (folder: string): string => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string
    version: string
    license?: string
  } // each package that npm installs has one
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && licenceFile.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), 'utf8').trim())
    .sort()
  const said = license ?? 'no licence named'
  const body =
    texts.length > 0 ? texts.join('\n\n') : `The package has no text of it: see https://spdx.org/licenses/${said}.html`
  return `${name} ${version} (${said})\n\n${body}\n`
}

/** The licences of all packages that these files (paths from `root`, as esbuild names its inputs) belong to, one behind the other. */
export const licencesOf = (root: string, files: readonly string[]): string => {
  const folders = new Set(files.flatMap((file) => packageFolder.exec(file)?.[0] ?? []))
  return [...folders]
    .sort()
    .map((folder) => textOf(join(root, folder)))
    .join(`\n${'-'.repeat(80)}\n\n`)
}
