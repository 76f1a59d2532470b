import { outliveReaders } from '@mynah/shared/log/output-readers.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { type Command, exitCode } from './commands/command.ts'
import { StoreError } from './store/store-error.ts'

/** Each is loaded only when it is asked for: a token needs no broker. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  'enrolment-token': async () => (await import('./commands/enrolment-token.ts')).makeEnrolmentToken,
  'enrol-fleet': async () => (await import('./commands/enrol-fleet.ts')).enrolFleet,
  'scripted-speech': async () => (await import('./commands/scripted-speech.ts')).serveScriptedSpeech,
  turns: async () => (await import('./commands/turns.ts')).showTurns,
  backup: async () => (await import('./commands/backup.ts')).backUp,
  'broker-files': async () => (await import('./commands/broker-files.ts')).writeBrokerFiles,
  service: async () => (await import('./commands/service-unit.ts')).describeService,
  doctor: async () => (await import('./commands/doctor.ts')).examine,
}

const usage = `npm run cloud -- [command] [settings]
  serve [--json] [--with-parent]    the cloud (default); --help lists the settings
  enrolment-token [--name kitchen] [--device ID] [--valid-hours 24]
  enrol-fleet --speakers 1000 --out FILE [--per-home 1] [--people 0] [--prefix fleet]
  scripted-speech [--port 0] [--delay-ms 50]   for load tests
  turns [--json] [--limit 20]       what was heard and answered
  backup                            copies the database
  broker-files --out FOLDER         accounts and ACL for a Mosquitto of your own
  service [--user NAME] [settings]  a unit of systemd that runs this cloud from every start of the machine on
  doctor                            checks the installation`

outliveReaders()
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

const loadCommand = commands[hasCommand ? first : 'serve']
const run = async (): Promise<number> => {
  if (!loadCommand) {
    console.error(`There is no command "${first}".\n${usage}`)
    return exitCode.usage
  }
  try {
    const command = await loadCommand()
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
