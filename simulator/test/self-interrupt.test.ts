import { describe, expect, it } from 'vitest'
import type { EchoOptions } from '../src/echo-path.ts'
import { englishVoices } from '../src/person.ts'
import {
  bargeInAtMs,
  openReplyRoom,
  playReply,
  replyTexts,
  replyVoices,
  voiced,
  wasHeard,
} from '../src/self-interrupt.ts'

/** `npm run test:self-interrupt` plays all hundred: twenty replies in five voices. */
const plays = Number(process.env.MYNAH_REPLIES ?? 8)
/** A room with many reflections takes longer to compute. */
const throughOwn = plays < replyTexts.length ? 4 : plays
/**
 * The loudspeaker at full volume is some 5 dB louder at the microphone than a person. WebRTC's canceller in PulseAudio took 64 dB of
 * that away where nothing distorts; a real room gives less. One that leaves speech behind makes barge-in harder, so both are tried.
 */
const cancelled: EchoOptions = { attenuationDb: 0, cancelledDb: 35 }
const leaking: EchoOptions = { attenuationDb: 0, cancelledDb: 25 }

/** The loudspeaker as loud without any canceller but the speaker's own, in a room that is not furnished for it. */
const uncancelled: EchoOptions = { attenuationDb: 0, reflections: 'many', decayMs: 350 }

const { signal } = new AbortController()
const replyOf = (play: number) => {
  // Every twelfth reply of the short form too: each voice and the replies with the wake word in them come up.
  const text = plays < replyTexts.length ? play * 12 + 8 : play
  const voice = replyVoices[Math.floor(play / Math.max(1, plays / replyVoices.length))] ?? 'flite:slt'
  return voiced(replyTexts[text % replyTexts.length] ?? '', voice, signal)
}

const personOf = (play: number) => englishVoices[play % englishVoices.length] ?? 'flite:slt'
describe('a speaker that hears itself at full volume', () => {
  it(`is not interrupted by any of ${plays} replies of its own, though the canceller leaks`, async () => {
    const interrupted: string[] = []
    for (let play = 0; play < plays; play++) {
      const reply = await replyOf(play)
      const woken = await playReply({ reply, echo: leaking, preset: 'normal' }, signal)
      if (woken.length > 0) interrupted.push(`${play} "${reply.text}" at ${woken.map(Math.round)} ms`)
    }
    expect(interrupted).toEqual([])
  }, 300_000)

  it('hears nine of ten persons who say its wake word over the reply', async ({ annotate }) => {
    const missed: string[] = []
    for (let play = 0; play < plays; play++) {
      const reply = await replyOf(play)
      const utterance = await voiced('hey jarvis', personOf(play), signal)
      const interruption = { utterance, atMs: bargeInAtMs }
      const woken = await playReply({ reply, echo: cancelled, preset: 'normal', interruption }, signal)
      if (!wasHeard(woken, utterance)) missed.push(`${personOf(play)} over "${reply.text}"`)
    }
    await annotate([`barge-in: ${plays - missed.length} of ${plays}`, ...missed].join('\n'))
    expect(missed.length).toBeLessThanOrEqual(Math.max(1, plays * 0.1))
  }, 300_000)

  it('would be woken by its own wake word where no canceller takes the echo away, and the guard is what prevents it', async () => {
    const reply = await voiced(replyTexts[19] ?? '', 'flite:slt', signal)
    expect(await playReply({ reply, echo: { attenuationDb: 0 }, preset: 'normal' }, signal)).toEqual([])
    const asPerson = { utterance: reply, atMs: 0 }
    const silent = { ...reply, samples: new Int16Array(reply.samples.length) }
    const woken = await playReply({ reply: silent, echo: {}, preset: 'normal', interruption: asPerson }, signal)
    expect(woken).toHaveLength(1)
  })
})

describe('a speaker that takes its own voice away', () => {
  const openRoom = async () => {
    const room = await openReplyRoom({ echo: uncancelled, preset: 'normal', cancels: true }, signal)
    // Whoever interrupts it has heard it before, and it has heard itself.
    await room.reply({ reply: await replyOf(0) }, signal)
    return room
  }

  it(`is not interrupted by any of ${throughOwn} replies of its own`, async () => {
    const room = await openRoom()
    const interrupted: string[] = []
    for (let play = 0; play < throughOwn; play++) {
      const reply = await replyOf(play)
      const woken = await room.reply({ reply }, signal)
      if (woken.length > 0) interrupted.push(`${play} "${reply.text}" at ${woken.map(Math.round)} ms`)
    }
    await room.close()
    expect(interrupted).toEqual([])
  }, 600_000)

  it('hears nine of ten persons who say its wake word over the reply', async ({ annotate }) => {
    const room = await openRoom()
    const missed: string[] = []
    for (let play = 0; play < throughOwn; play++) {
      const [reply, utterance] = [await replyOf(play), await voiced('hey jarvis', personOf(play), signal)]
      const woken = await room.reply({ reply, interruption: { utterance, atMs: bargeInAtMs } }, signal)
      if (!wasHeard(woken, utterance)) missed.push(`${personOf(play)} over "${reply.text}"`)
    }
    await room.close()
    await annotate([`barge-in: ${throughOwn - missed.length} of ${throughOwn}`, ...missed].join('\n'))
    expect(missed.length).toBeLessThanOrEqual(Math.max(1, throughOwn * 0.1))
  }, 600_000)
})
