import { fileURLToPath } from 'node:url'

/** Where the `.proto` files lie, seen from here and from a bundle of the cloud, which lies as deep (`scripts/run-cloud.mjs`). */
export const protoFolder = fileURLToPath(new URL('../../src/speech/contract/proto', import.meta.url))
