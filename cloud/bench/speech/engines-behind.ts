import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setPriority } from 'node:os'
import { createJsonLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { putEnginesBehind } from '../../src/speech/engines-behind.ts'
import { findLocalEngines } from '../../src/speech/local-engines.ts'
import { quantile } from './corpus.ts'

/**
 * How long a piece of sound waits for the event loop of a speech service that decodes two utterances, with its decoders beside the
 * event loop and behind it, in turn. Run: npx tsx cloud/bench/speech/engines-behind.ts [rounds]
 */
const [argument = '3'] = process.argv.slice(2)
const pieceBytes = 640
const pieceMs = 10
const roundMs = 6_000
const speechNiceness = 2

const decodeForEver = async (): Promise<void> => {
  const log = createJsonLog({ clock: systemClock, minLevel: 'error', writeLine: () => {} })
  const { recognisers } = await findLocalEngines({ clock: systemClock, log })
  const recogniser = recognisers.find(({ languages }) => languages.includes('en'))
  if (!recogniser) throw new Error('the English model is not installed: apt-get install pocketsphinx-en-us')
  await recogniser.warm()
  if (argument === 'behind') putEnginesBehind()
  // Noise keeps a decoder at work as well as speech does.
  const sound = Int16Array.from({ length: 32_000 }, (_, at) => Math.round(6_000 * Math.sin(at * at * 0.001)))
  const decode = async () => {
    for (;;) {
      const session = await recogniser.open({ language: 'en' }, new AbortController().signal)
      for (let at = 0; at < sound.length; at += 3_200) await session.feed(sound.subarray(at, at + 3_200))
      await session.finish()
      await session.close()
    }
  }
  const server = createServer((socket) => socket.setNoDelay().pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address with one.
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
  await Promise.all([decode(), decode()])
}

const portOf = async (host: ChildProcess): Promise<number> => {
  if (!host.stdout) throw new Error('no output')
  const [line] = await once(host.stdout, 'data')
  return Number(String(line))
}

/** There and back, in ms. */
const askPieces = async (port: number): Promise<number[]> => {
  const socket = connect(port, '127.0.0.1').setNoDelay()
  await once(socket, 'connect')
  const waits: number[] = []
  const endMs = systemClock.now() + roundMs
  while (systemClock.now() < endMs) {
    const sentMs = systemClock.now()
    socket.write(Buffer.alloc(pieceBytes))
    await once(socket, 'data')
    waits.push(systemClock.now() - sentMs)
    await systemClock.sleep(pieceMs)
  }
  socket.destroy()
  return waits
}

const measure = async (mode: 'beside' | 'behind'): Promise<number[]> => {
  const host = spawn(process.execPath, [...process.execArgv, import.meta.filename, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (host.pid !== undefined) setPriority(host.pid, speechNiceness)
  try {
    return await askPieces(await portOf(host))
  } finally {
    host.kill('SIGKILL')
  }
}

const compare = async (rounds: number): Promise<void> => {
  const waits: Record<'beside' | 'behind', number[]> = { beside: [], behind: [] }
  for (let round = 0; round < rounds; round++) {
    for (const mode of ['beside', 'behind'] as const) waits[mode].push(...(await measure(mode)))
  }
  for (const mode of ['beside', 'behind'] as const) {
    const figures = [0.5, 0.95, 0.99].map((share) => quantile(waits[mode], share).toFixed(2))
    console.log(
      `${mode.padEnd(8)} ${waits[mode].length} pieces, there and back p50 ${figures[0]} p95 ${figures[1]} p99 ${figures[2]} ms`,
    )
  }
}

if (argument === 'beside' || argument === 'behind') await decodeForEver()
else await compare(Number(argument))
