import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/** The map of ARCHITECTURE.md as a test: an import goes up the picture or nowhere. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const workspaces = ['shared', 'device', 'cloud', 'simulator'] as const
type Workspace = (typeof workspaces)[number]

const mayImport: Record<Workspace, readonly Workspace[]> = {
  shared: [],
  device: ['shared'],
  cloud: ['shared'],
  simulator: ['shared', 'device'],
}
/** A browser runs the rest of shared: only these files may use Node itself. */
const sharedNodeFiles =
  /(session-keys|enrolment|firmware-signature|datagram|cipher|sealer|opener|device-secret|speech\/pocketsphinx\/model-files)/
const forbiddenNames = /(^|[-/])(utils?|common|helpers?|manager|misc|types|index)(\.tsx?$|\/)/

const filesUnder = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (name === 'node_modules' || name === 'dist') return []
    if (statSync(path).isDirectory()) return filesUnder(path)
    return /\.tsx?$/.test(name) ? [path] : []
  })

const importsOf = (path: string): string[] =>
  [
    ...readFileSync(path, 'utf8').matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'"\n]*?(?:[^'"]*?from\s*)?['"]([^'"]+)['"]/g,
    ),
  ].map((match) => match[1] ?? '')

const sourceFiles = workspaces.flatMap((workspace) =>
  filesUnder(join(root, workspace, 'src')).map((path) => ({ workspace, path, name: relative(root, path) })),
)

const workspaceOf = (specifier: string): Workspace | undefined =>
  workspaces.find((workspace) => specifier.startsWith(`@mynah/${workspace}/`))

describe('the map', () => {
  test('has source files to look at', () => {
    expect(sourceFiles.length).toBeGreaterThan(30)
  })

  test('lets a workspace import only what stands above it', () => {
    const wrong = sourceFiles.flatMap(({ workspace, path, name }) =>
      importsOf(path)
        .filter((specifier) => {
          const target = workspaceOf(specifier)
          return target !== undefined && !mayImport[workspace].includes(target)
        })
        .map((specifier) => `${name} imports ${specifier}`),
    )
    expect(wrong).toEqual([])
  })

  test('keeps relative imports inside their workspace', () => {
    const wrong = sourceFiles.flatMap(({ workspace, path, name }) =>
      importsOf(path)
        .filter((specifier) => specifier.startsWith('.'))
        .filter((specifier) => !resolve(dirname(path), specifier).startsWith(join(root, workspace)))
        .map((specifier) => `${name} imports ${specifier}`),
    )
    expect(wrong).toEqual([])
  })

  test('keeps shared free of I/O, so that a browser can run it', () => {
    const wrong = sourceFiles
      .filter(({ workspace, name }) => workspace === 'shared' && !sharedNodeFiles.test(name))
      .flatMap(({ path, name }) =>
        importsOf(path)
          .filter((specifier) => specifier.startsWith('node:'))
          .map((specifier) => `${name} imports ${specifier}`),
      )
    expect(wrong).toEqual([])
  })

  test('keeps native libraries of shared in one place, used where speech is recognised', () => {
    const wrong = sourceFiles
      .filter(({ workspace, name }) => workspace === 'shared' && !/^shared\/src\/(speech|native)\//.test(name))
      .flatMap(({ path, name }) =>
        importsOf(path)
          .filter((specifier) => specifier === 'koffi' || /(^|\/)(speech|native)\//.test(specifier))
          .map((specifier) => `${name} imports ${specifier}`),
      )
    expect(wrong).toEqual([])
  })

  test('names files after what they hold', () => {
    expect(sourceFiles.map(({ name }) => name).filter((name) => forbiddenNames.test(name))).toEqual([])
  })

  test('has no file that imports itself in a circle', () => {
    const graph = new Map(
      sourceFiles.map(({ path, workspace }) => [
        path,
        importsOf(path).flatMap((specifier) => {
          if (specifier.startsWith('.')) return [resolve(dirname(path), specifier)]
          const target = workspaceOf(specifier)
          return target && target !== workspace
            ? [join(root, target, 'src', specifier.slice(`@mynah/${target}/`.length))]
            : []
        }),
      ]),
    )
    expect(circlesIn(graph)).toEqual([])
  })
})

function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) {
      circles.push([...trail.slice(trail.indexOf(path)), path].map((step) => relative(root, step)).join(' -> '))
      return
    }
    if (done.has(path)) return
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return circles
}

describe('the text of the project', () => {
  const tracked = [...sourceFiles.map(({ path }) => path), ...workspaces.flatMap((name) => testFilesOf(name))]

  test('has no mock, no fake timer and no test that hides the others', () => {
    const wrong = tracked.flatMap((path) => {
      const text = readFileSync(path, 'utf8')
      return /\b(vi\.mock|useFakeTimers)\b|\.only\(/.test(text) && !path.endsWith('architecture.test.ts')
        ? [relative(root, path)]
        : []
    })
    expect(wrong).toEqual([])
  })

  test('leaves nothing to do behind', () => {
    expect(
      tracked
        .filter((path) => /\b(TODO|FIXME|XXX)\b/.test(readFileSync(path, 'utf8')))
        .map((path) => relative(root, path)),
    ).toEqual([])
  })
})

function testFilesOf(workspace: Workspace): string[] {
  try {
    return filesUnder(join(root, workspace, 'test'))
  } catch {
    return []
  }
}

test('all workspaces are one version: speaker, cloud and panel each tell their own', () => {
  const versionOf = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).version
  expect(workspaces.map(versionOf)).toEqual(workspaces.map(() => versionOf('.')))
})
