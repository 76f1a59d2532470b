import type { EchoOptions } from '../src/echo-path.ts'
import { englishVoices } from '../src/person.ts'
import { bargeInAtMs, openReplyRoom, replyTexts, replyVoices, voiced, wasHeard } from '../src/self-interrupt.ts'

/**
 * `npx tsx simulator/bench/barge-in.ts [REPLIES]`: who says the wake word over a reply at full volume is heard how often, through the
 * speaker's own echo canceller, room by room; about a minute each for 30 replies.
 */
const replies = Number(process.argv[2] ?? 30)
const { signal } = new AbortController()

type Case = { readonly name: string; readonly echo?: EchoOptions; readonly cancels?: boolean; readonly gainDb?: number }
const furnished: EchoOptions = { attenuationDb: 0, reflections: 'many', decayMs: 350 }
const cases: readonly Case[] = [
  { name: 'as it is' },
  { name: 'without a canceller', cancels: false },
  { name: 'the person 8 dB quieter', gainDb: -8 },
  { name: 'the person 12 dB quieter', gainDb: -12 },
  { name: 'a loudspeaker that distorts a little', echo: { clipsAt: 32_768 } },
  { name: 'a loudspeaker that distorts a lot', echo: { clipsAt: 20_000 } },
]

const textOf = (reply: number) => replyTexts[(reply * 3 + 5) % replyTexts.length] ?? ''
const pick = (voices: readonly string[], at: number) => voices[at % voices.length] ?? 'flite:slt'

for (const { name, echo = {}, cancels = true, gainDb = 0 } of cases) {
  const room = await openReplyRoom({ echo: { ...furnished, ...echo }, preset: 'normal', cancels }, signal)
  // Whoever interrupts it has heard it before, and it has heard itself.
  await room.reply({ reply: await voiced(textOf(0), pick(replyVoices, 0), signal) }, signal)
  let [heard, byItself] = [0, 0]
  for (let index = 1; index <= replies; index++) {
    const reply = await voiced(textOf(index), pick(replyVoices, index), signal)
    const utterance = await voiced('hey jarvis', pick(englishVoices, index), signal)
    const woken = await room.reply({ reply, interruption: { utterance, atMs: bargeInAtMs, gainDb } }, signal)
    if (wasHeard(woken, utterance)) heard++
    if (woken.some((atMs) => !wasHeard([atMs], utterance))) byItself++
  }
  await room.close()
  console.log(`${name.padEnd(40)} heard ${heard} of ${replies}, woken at another time in ${byItself}`)
}
