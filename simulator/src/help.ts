import type { commandNames } from './options.ts'
import { hopMeanings, hopNames } from './turn-hops.ts'

const common = `Options of every command:
  --json            the result as JSON, one object per line; everything else goes to the error stream
  --cloud URL       talk to a running cloud (http://127.0.0.1:8700) instead of one of its own
  --token TOKEN     enrols this computer's speaker with that cloud; without one it says a code the first time, to be typed
                    in the panel
  --lang en|zh      language of the sentence and of the speaker (default en)
  --voice VOICE     flite:slt, flite:rms, flite:awb, espeak:en-gb ... (default flite:slt, espeak:cmn-latn-pinyin)
  --snr DB          kitchen noise this far below the voice
  --loss PERCENT    share of datagrams lost, each way
  --out FILE        where the reply's sound is written (WAV, 24 kHz mono)
  --verbose         the speaker's log on the error stream`

const overview = `A house in one process: a room, persons, and a software speaker that runs the real device code.

  say "hey jarvis, what time is it"   one spoken turn
  play FILE.wav                       one turn from a recording of any sample rate
  text "what time is it"              one typed turn; only the reply is sound
  mic                                 this computer's microphone and loudspeaker
  interactive                         type what someone says in the room
  scenario NAME|all|list              play a scenario with its checks
  latency --turns 30                  p50, p95 and p99 of each hop
  start                               cloud and speaker, one conversation, then stay up (npm start)

Without --cloud a command starts a cloud of its own in a temporary folder and removes it afterwards.
Exit codes: 0 done, 1 it did not work, 2 wrong input, 3 a port is taken.
Help of one command: npm run simulator -- say --help`

const own: Record<(typeof commandNames)[number], string> = {
  say: `say "SENTENCE": someone says it in the room, wake word first. A Chinese sentence gets the wake word "hey jarvis" in front.
Prints what was heard, the reply, the reply's WAV file and the waterfall of the turn. Exit 0 only if the turn completed.
JSON keys: heard, reply, reply_wav, session_id, phase, timings_ms {wake_to_first_packet, first_partial, end_of_speech_to_commit,
commit_to_first_audio, end_of_speech_to_first_audio, total}, audio {sent, lost, recovered, concealed}.`,
  play: 'play FILE.wav: like say, with a recording (any sample rate, mono or stereo) instead of a voice.',
  text: 'text "SENTENCE": the sentence is typed to the speaker; nothing goes up as sound, the reply is spoken.',
  mic: `mic: the speaker uses this computer's microphone and loudspeaker (arecord and aplay of alsa-utils). Ctrl-C ends it.
  --microphone, --loudspeaker   alsa:DEVICE (default alsa:default) or file:PATH`,
  interactive: 'interactive: each line you type is said in the room. /help lists what else can be done.',
  scenario: `scenario NAME: plays it with its checks; "all" plays every one, "list" names them. Exit 0 only if every check passed.
  --times N   plays it N times and tells p50, p95 and p99 of what it measures (barge-in: wake word to silence)`,
  latency: `latency --turns N: N turns over a rotation of local commands and voices. With --json the last line is
{"turns": n, "hops": "end_of_speech_to_first_audio": "p50": .., "p95": .., "p99": .., ...}; only completed turns count.

Hops, in ms:
${hopNames.map((name) => `  ${name.padEnd(30)} ${hopMeanings[name]}`).join('\n')}`,
  start: `start: the cloud (with its speech service) and one software speaker; they hold one conversation and stay up until Ctrl-C.
  --http-port, --mqtt-port, --udp-port   other ports than the cloud's own (0: any free one)
  --data DIR                             where everything is kept (default ./data)`,
}

/** The help text, of everything or of one command. */
export const helpText = (topic?: string): string => {
  const text = Object.entries(own).find(([name]) => name === topic)?.[1]
  return text === undefined ? `${overview}\n\n${common}` : `${text}\n\n${common}`
}
