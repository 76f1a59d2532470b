import { silentLog } from '@mynah/shared/log/log.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createRivaSpeechToText } from '../src/providers/stt/riva.ts'
import { findLocalEngines } from '../src/speech/local-engines.ts'
import { startSpeechServer } from '../src/speech/server.ts'
import { inPieces, mixNoise, quantile, readText, recording } from './speech/corpus.ts'
import { throughNetwork } from './speech/lossy-network.ts'
import { type OrderSlots, orderSlots, sameSlots } from './speech/order-slots.ts'

/**
 * 60 real spoken commands through the speech service and its gRPC client: the share that is fully right, clean, in kitchen noise, and
 * over a network that loses packets, and how long the final takes. What was rejected is not right, whatever its words. Audio is sent
 * faster than it is spoken, so the times are those of a busy machine.
 * Run: npx tsx cloud/bench/recognition.ts [--show]
 */
const noiseSeeds = [1, 2]
const snrDb = 12
const losses = [0, 0.1]

const show = process.argv.includes('--show')
const labels: Record<string, { readonly slots: OrderSlots }> = JSON.parse(
  await readText('speech-en-commands/labels.json'),
)
const jsgf = await readText('speech-en-commands/barista.gram')
const kitchen = await recording('speech-en-commands/kitchen.wav')

const engines = await findLocalEngines({ clock: systemClock, log: silentLog })
const server = await startSpeechServer({
  clock: systemClock,
  log: silentLog,
  ...engines,
  address: { host: '127.0.0.1', port: 0 },
})
await Promise.all(engines.recognisers.map((recogniser) => recogniser.warm()))
const stt = createRivaSpeechToText({ clock: systemClock, address: `127.0.0.1:${server.port}` })

const hear = async (samples: Int16Array) => {
  const request = { language: 'en', sampleRateHz: 16_000, jsgf } as const
  for await (const transcript of stt.transcribe(inPieces(samples), request, new AbortController().signal)) {
    if (transcript.final) return transcript
  }
  throw new Error('no final came')
}

const measure = async (name: string, prepare: (samples: Int16Array) => Int16Array) => {
  let right = 0
  let rejected = 0
  const computeMs: number[] = []
  for (const [file, { slots }] of Object.entries(labels)) {
    const heard = await hear(prepare(await recording(`speech-en-commands/${file}`)))
    computeMs.push(heard.computeMs ?? 0)
    if (heard.outOfGrammar) rejected++
    if (!heard.outOfGrammar && sameSlots(orderSlots(heard.text), slots)) right++
    else if (show) console.log(`  ${heard.outOfGrammar ? 'rejected ' : ''}"${heard.text}"`, slots)
  }
  const total = Object.keys(labels).length
  const row = {
    right: `${((right / total) * 100).toFixed(1)} %`,
    rejected: `${((rejected / total) * 100).toFixed(1)} %`,
    'final p50 ms': Math.round(quantile(computeMs, 0.5)),
    'final p95 ms': Math.round(quantile(computeMs, 0.95)),
  }
  return [name, row] as const
}

const rows = [await measure('clean', (samples) => samples)]
for (const seed of noiseSeeds) {
  const random = seededRandom(seed)
  rows.push(await measure(`kitchen ${snrDb} dB, seed ${seed}`, (samples) => mixNoise(samples, kitchen, snrDb, random)))
}
for (const loss of losses) {
  for (const seed of loss === 0 ? noiseSeeds.slice(0, 1) : noiseSeeds) {
    const random = seededRandom(seed)
    let turnsWithoutHole = 0
    const row = await measure(`Opus, ${loss * 100} % lost, seed ${seed}`, (samples) => {
      const arrived = throughNetwork(samples, { loss, random })
      if (arrived.concealed === 0) turnsWithoutHole++
      return arrived.samples
    })
    rows.push(row)
    console.log(`${row[0]}: nothing concealed in ${turnsWithoutHole} of ${Object.keys(labels).length}`)
  }
}
console.table(Object.fromEntries(rows))
stt.close()
await server.close(100)
