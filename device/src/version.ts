import { readFileSync } from 'node:fs'
import { parseJson } from '@mynah/shared/parse-json.ts'
import * as v from 'valibot'

/** The one of this workspace; in a release, where everything is one file, the one beside it (`scripts/bundle/javascript.ts`). */
const packageFile = new URL(import.meta.url.endsWith('.ts') ? '../package.json' : './package.json', import.meta.url)

/** What this program is, as it is told to the cloud and compared with what that offers. Throws when the file is not there. */
export const deviceVersion = (): string =>
  v.parse(v.object({ version: v.string() }), parseJson(readFileSync(packageFile, 'utf8'))).version
