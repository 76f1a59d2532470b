import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { startSpeechServer } from '../../src/speech/server.ts'
import { createScriptedRecogniser, createScriptedSynthesiser } from './scripted-engines.ts'

/** A speech service of its own process, to be killed. Port: first argument, 0 for any. */
const server = await startSpeechServer({
  clock: systemClock,
  log: silentLog,
  recognisers: [createScriptedRecogniser()],
  synthesiser: createScriptedSynthesiser(),
  address: { host: '127.0.0.1', port: Number(process.argv[2]) },
})
process.stdout.write(`${JSON.stringify({ pid: process.pid, port: server.port })}\n`)
process.stdin.on('end', () => process.exit()).resume()
