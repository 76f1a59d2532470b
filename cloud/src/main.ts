import { systemClock } from '@mynah/shared/time/clock.ts'
import { backUp } from './commands/backup.ts'
import { writeBrokerFiles } from './commands/broker-files.ts'
import { type Command, exitCode } from './commands/command.ts'
import { examine } from './commands/doctor.ts'
import { enrolFleet } from './commands/enrol-fleet.ts'
import { makeEnrolmentToken } from './commands/enrolment-token.ts'
import { serveScriptedSpeech } from './commands/scripted-speech.ts'
import { serve } from './commands/serve.ts'
import { showTurns } from './commands/turns.ts'
import { StoreError } from './store/store-error.ts'

const commands: Readonly<Record<string, Command>> = {
  serve,
  'enrolment-token': makeEnrolmentToken,
  'enrol-fleet': enrolFleet,
  'scripted-speech': serveScriptedSpeech,
  turns: showTurns,
  backup: backUp,
  'broker-files': writeBrokerFiles,
  doctor: examine,
}

const usage = `npm run cloud -- [command] [settings]
  serve [--json] [--with-parent]    the cloud (default); --help lists the settings
  enrolment-token [--name kitchen] [--device ID] [--valid-hours 24]
  enrol-fleet --speakers 1000 --out FILE [--per-home 1] [--people 0] [--prefix fleet]
  scripted-speech [--port 0] [--delay-ms 50]   for load tests
  turns [--json] [--limit 20]       what was heard and answered
  backup                            copies the database
  broker-files --out FOLDER         accounts and ACL for a Mosquitto of your own
  doctor                            checks the installation`

const stopping = new AbortController()
const stop = () => stopping.abort()
process.on('SIGTERM', stop)
process.on('SIGINT', stop)

const [first, ...others] = process.argv.slice(2)
const hasCommand = first !== undefined && !first.startsWith('-')
const args = (hasCommand ? others : process.argv.slice(2)).filter((argument) => argument !== '--with-parent')
if (process.argv.includes('--with-parent')) {
  // The parent holds the other end of stdin: when it is gone, however it ended, so is this process.
  process.stdin.on('end', stop).on('close', stop).on('error', stop).resume()
}

const command = commands[hasCommand ? first : 'serve']
const run = async (): Promise<number> => {
  if (!command) {
    console.error(`There is no command "${first}".\n${usage}`)
    return exitCode.usage
  }
  try {
    return await command({
      args,
      env: process.env,
      exportToChildren: (name, value) => {
        process.env[name] = value
      },
      program: { mainPath: process.argv[1] ?? '', nodeOptions: process.execArgv },
      clock: systemClock,
      print: (line) => process.stdout.write(`${line}\n`),
      printError: (line) => process.stderr.write(`${line}\n`),
      signal: stopping.signal,
    })
  } catch (error) {
    console.error(error instanceof StoreError ? error.message : error)
    return exitCode.failed
  }
}

process.exitCode = await run()
// Whatever a library still keeps open must not keep the process: all parts have been stopped by now.
setTimeout(() => process.exit(), 200).unref()
