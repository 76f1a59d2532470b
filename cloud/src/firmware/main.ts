import { createReadStream } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { maxBundleHeadBytes, readBundleHead } from '@mynah/shared/firmware/bundle.ts'
import { newFirmwareKey, publicKeyOf, verifyManifest } from '@mynah/shared/firmware/firmware-signature.ts'
import { endWithReader } from '@mynah/shared/log/output-readers.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import { readPayloadAbout } from './payload-about.ts'
import { signBundle } from './sign-bundle.ts'

const usage = `Releases of the speakers' software (docs/updates.md).

  npm run firmware -- keys --out DIR
      makes a key pair: DIR/firmware.key (keep it secret, off the cloud) and DIR/firmware.pub
  npm run firmware -- sign --key FILE --in PAYLOAD --out BUNDLE [--min-version 0.1.0] [--notes TEXT]
                           [--version 1.2.0] [--target arm64|x64]
      signs a payload; the bundle is what is uploaded in the panel. What npm run bundle has made says its version and processor itself
  npm run firmware -- inspect BUNDLE [--trust PUBLIC_KEY]
      shows the manifest; with --trust it says whether that key has signed it (exit code 1: no)`

const options = {
  out: { type: 'string' },
  in: { type: 'string' },
  key: { type: 'string' },
  version: { type: 'string' },
  target: { type: 'string' },
  'min-version': { type: 'string', default: '0.1.0' },
  notes: { type: 'string' },
  trust: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** The command line asks for something impossible: its message is for a person. */
class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

const needed = (value: string | undefined, flag: string): string => {
  if (value === undefined || value === '') throw new UsageError(`--${flag} is missing`)
  return value
}

/** A speaker that is told another version than its program says would be offered that release again and again. */
const agreed = (flag: 'version' | 'target', asked: string | undefined, inside: string | undefined): string => {
  if (asked !== undefined && inside !== undefined && asked !== inside) {
    throw new UsageError(
      `--${flag} says ${asked}, the payload says ${inside}: leave --${flag} out, or make the payload anew`,
    )
  }
  return needed(asked ?? inside, flag)
}

const makeKeys = async (dir: string) => {
  const { privatePem, publicKey } = newFirmwareKey()
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const keyPath = join(dir, 'firmware.key')
  // `wx`: a key that is there signs what is in the field, and must not be lost to a second run.
  await writeFile(keyPath, privatePem, { mode: 0o600, flag: 'wx' })
  await chmod(keyPath, 0o600)
  await writeFile(join(dir, 'firmware.pub'), `${publicKey}\n`)
  console.log(publicKey)
}

const readHead = async (path: string) => {
  const pieces: Uint8Array[] = []
  for await (const piece of createReadStream(path, { end: maxBundleHeadBytes })) pieces.push(piece)
  const head = readBundleHead(Buffer.concat(pieces))
  if (!head.ok) throw new UsageError(`${path}: ${head.error.message}`)
  return head.value
}

const inspect = async (path: string, trusted: string | undefined): Promise<number> => {
  const { manifestBytes, signature } = await readHead(path)
  console.log(JSON.stringify(JSON.parse(new TextDecoder().decode(manifestBytes)), undefined, 2))
  if (trusted === undefined) return 0
  const verified = verifyManifest(manifestBytes, signature, [trusted.trim()])
  console.log(verified.ok ? 'The signature is good.' : `Not trusted: ${verified.error.message}.`)
  return verified.ok ? 0 : 1
}

const run = async (args: readonly string[]): Promise<number> => {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const [command, operand] = positionals
  if (values.help || command === undefined) {
    console.log(usage)
    return 0
  }
  switch (command) {
    case 'keys':
      await makeKeys(needed(values.out, 'out'))
      return 0
    case 'sign': {
      const privatePem = await readFile(needed(values.key, 'key'), 'utf8')
      const bundlePath = needed(values.out, 'out')
      const payloadPath = needed(values.in, 'in')
      const about = await readPayloadAbout(payloadPath)
      const manifest = await signBundle({
        privatePem,
        payloadPath,
        bundlePath,
        version: agreed('version', values.version, about?.version),
        target: agreed('target', values.target, about?.target),
        minVersion: values['min-version'],
        madeAt: systemClock.wallTime().toISOString(),
        ...(values.notes !== undefined && { notes: values.notes }),
      })
      console.log(`${bundlePath}: ${manifest.version} for ${manifest.target}, ${manifest.size_bytes} bytes`)
      console.log(`signed with ${manifest.key_id} (${publicKeyOf(privatePem)})`)
      return 0
    }
    case 'inspect':
      return inspect(needed(operand, 'BUNDLE'), values.trust)
    default:
      throw new UsageError(`there is no command "${command}"`)
  }
}

const explain = (error: unknown): string => {
  if (error instanceof v.ValiError) return `${v.getDotPath(error.issues[0]) ?? 'manifest'}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}

endWithReader()
try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  console.error(`${explain(error)}\n\n${usage}`)
  process.exitCode = 2
}
