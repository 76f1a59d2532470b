import { createJsonLog } from '@mynah/shared/log/log.ts'
import { untilAborted } from '@mynah/shared/streams/until-aborted.ts'
import * as v from 'valibot'
import { createScriptedRecogniser } from '../speech/scripted/recogniser.ts'
import { createScriptedSynthesiser } from '../speech/scripted/synthesiser.ts'
import { startSpeechServer } from '../speech/server.ts'
import { type Command, exitCode, takeOptions } from './command.ts'

const whole = (max: number) => v.pipe(v.string(), v.regex(/^\d{1,6}$/), v.transform(Number), v.maxValue(max))
const optionsSchema = v.object({
  '--port': v.optional(whole(65_535), '0'),
  '--delay-ms': v.optional(whole(10_000), '50'),
})
const host = '127.0.0.1'
const graceMs = 500

/**
 * `scripted-speech [--port 0] [--delay-ms 50]`: a speech server for load tests, on this machine alone. It understands marker tones
 * and answers in them, each after a fixed delay, so that a measurement is of the cloud and not of an engine.
 */
export const serveScriptedSpeech: Command = async ({ args, clock, print, printError, signal }) => {
  const { values, rest } = takeOptions(args, { withValue: ['--port', '--delay-ms'], alone: [] })
  const options = v.safeParse(optionsSchema, Object.fromEntries(values))
  if (!options.success || rest.length > 0) {
    printError('scripted-speech takes --port 0 to 65535 and --delay-ms 0 to 10000, nothing else')
    return exitCode.usage
  }
  const { '--port': port, '--delay-ms': delayMs } = options.output
  const log = createJsonLog({ clock, writeLine: printError, minLevel: 'warn' })
  const server = await startSpeechServer({
    clock,
    log,
    recognisers: [createScriptedRecogniser({ clock, delayMs })],
    synthesiser: createScriptedSynthesiser({ clock, delayMs }),
    address: { host, port },
  })
  print(JSON.stringify({ ready: true, speech_address: `${host}:${server.port}` }))
  await untilAborted(signal)
  await server.close(graceMs)
  return exitCode.ok
}
