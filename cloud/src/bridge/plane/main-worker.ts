import { systemClock } from '@mynah/shared/time/clock.ts'
import { createSpeechServers } from '../../providers/speech-servers.ts'
import { createRivaSpeechToText } from '../../providers/stt/riva.ts'
import { createRivaTextToSpeech } from '../../providers/tts/riva.ts'
import { runWorkerProcess } from './run-worker-process.ts'

/** One audio worker, forked by `create-audio-plane.ts`. */
runWorkerProcess((config, { isHurried }) => {
  const server = {
    clock: systemClock,
    address: config.speechAddress,
    ...(process.env.MYNAH_SPEECH_TOKEN === undefined ? {} : { token: process.env.MYNAH_SPEECH_TOKEN }),
    tls: process.env.MYNAH_SPEECH_TLS === 'true',
  }
  return {
    stt: createRivaSpeechToText({ ...server, isHurried }),
    tts: createRivaTextToSpeech(server),
    servers: createSpeechServers({ clock: systemClock }),
  }
})
