import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { parseJson } from '@mynah/shared/parse-json.ts'
import * as v from 'valibot'

/** What a bundle of `npm run bundle` says of itself. */
export type PayloadAbout = { readonly version: string; readonly target: string }

const manifestSchema = v.object({ version: v.string(), target: v.pipe(v.string(), v.startsWith('linux-')) })

/** Undefined for any other file: a payload may be whatever the speakers of somebody else's making unpack. */
export const readPayloadAbout = async (payloadPath: string): Promise<PayloadAbout | undefined> => {
  try {
    const { stdout } = await promisify(execFile)('tar', ['-xzOf', payloadPath, 'manifest.json'])
    const { version, target } = v.parse(manifestSchema, parseJson(stdout))
    return { version, target: target.slice('linux-'.length) }
  } catch {
    return undefined
  }
}
