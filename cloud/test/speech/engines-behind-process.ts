import { pbkdf2 } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { getPriority } from 'node:os'
import { promisify } from 'node:util'
import { putEnginesBehind } from '../../src/speech/engines-behind.ts'

/** Tells by how much the threads of a process step behind its event loop: in a process of its own, since no user may take that back. */
await promisify(pbkdf2)('work', 'for a thread that computes', 1, 16, 'sha256')
const beforeNice = getPriority()
putEnginesBehind()
const threads = readdirSync('/proc/self/task').map(Number)
const stepsOf = (thread: number) => getPriority(thread) - beforeNice
const engines = threads.filter((thread) => thread !== process.pid).map(stepsOf)
process.stdout.write(`${JSON.stringify({ eventLoop: stepsOf(process.pid), engines })}\n`)
