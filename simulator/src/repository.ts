import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout this file lies in. */
export const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Runs the cloud in a process of Node without a loader: `node PROGRAM [command] [settings]`. */
export const cloudProgram = resolve(repositoryRoot, 'scripts', 'run-cloud.mjs')

/** Recordings and small models that tests and some scenarios use; they lie beside the checkout and may be absent. */
export const testDataPath = (...parts: readonly string[]): string =>
  resolve(repositoryRoot, '..', 'shared', 'data', ...parts)
