import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { BundleFile } from './archive.ts'
import { licencesOf } from './licences.ts'
import { keptPackages } from './packages.ts'

/** A program and what its file is called, without an ending. */
export type Program = { readonly in: string; readonly out: string }

/** The processes of a speaker: `main` starts, and forks the others beside it. */
const speakerPrograms: readonly Program[] = [
  { in: 'device/src/main.ts', out: 'main' },
  { in: 'device/src/understanding/main-understanding.ts', out: 'main-understanding' },
  { in: 'device/src/wake/sherpa/main-spotter.ts', out: 'main-spotter' },
  { in: 'device/src/audio/backends/main-npm-speaker.ts', out: 'main-npm-speaker' },
]
/** Loaded only when it is there. */
const optional = ['sherpa-onnx-node', 'bufferutil', 'utf-8-validate']

// The CommonJS packages inside ask for Node's own modules by `require`, which a module does not have.
const banner = `import { createRequire as requireOf } from 'node:module'; globalThis.require ??= requireOf(import.meta.url);`

/**
 * One file for each process, with everything in it but what `packages.ts` keeps as it is, and the licences of what is in it. Throws
 * what esbuild finds wrong.
 */
export const bundleJavaScript = async (
  root: string,
  programs: readonly Program[] = speakerPrograms,
): Promise<BundleFile[]> => {
  const result = await build({
    absWorkingDir: root,
    entryPoints: programs.map((entry) => ({ in: join(root, entry.in), out: entry.out })),
    outdir: '/',
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: [...keptPackages.map(({ name }) => name), ...optional],
    banner: { js: banner },
    minifySyntax: true,
    metafile: true,
    legalComments: 'inline',
    logLevel: 'silent',
  })
  const files = result.outputFiles.map(({ path, contents }) => ({ path: path.slice(1), bytes: contents }))
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string } // ours
  // The programs say by it which version they are (`device/src/version.ts`).
  const about = { type: 'module', private: true, version }
  return [
    ...files,
    { path: 'package.json', bytes: Buffer.from(`${JSON.stringify(about)}\n`) },
    { path: 'LICENCES-OF-PACKAGES.txt', bytes: Buffer.from(licencesOf(root, Object.keys(result.metafile.inputs))) },
  ]
}
