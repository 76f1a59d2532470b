import { fileURLToPath } from 'node:url'
import { takeScreenshots } from '../test/admin/take-screenshots.ts'

/** `npm run screenshots [-- name]`: pictures of every page into cloud/admin/screenshots (not kept in git). */
const folder = fileURLToPath(new URL('./screenshots', import.meta.url))
const made = await takeScreenshots(folder, process.argv[2])
process.stdout.write(`${made.length} pictures in ${folder}\n`)
