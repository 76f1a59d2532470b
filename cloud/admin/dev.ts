import { distDir } from '../test/admin/browser.ts'
import { startFakeCloud } from '../test/admin/fake-api.ts'

/** `npx tsx cloud/admin/dev.ts [port]`: the built panel over the fake cloud of its tests, to be looked at in a browser. */
const cloud = await startFakeCloud({ distDir, port: Number(process.argv[2] ?? 8_090) })
process.stdout.write(`${cloud.url} (ada / a long password)\n`)
