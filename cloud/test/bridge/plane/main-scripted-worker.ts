import { systemClock } from '@mynah/shared/time/clock.ts'
import { runWorkerProcess } from '../../../src/bridge/plane/run-worker-process.ts'
import { createSpeechServers } from '../../../src/providers/speech-servers.ts'
import { createScriptedStt, createScriptedTts } from '../scripted-engines.ts'

/** An audio worker as the real one, with scripted engines instead of the speech service. */
runWorkerProcess(() => ({
  stt: createScriptedStt(),
  tts: createScriptedTts({ clock: systemClock }),
  servers: createSpeechServers({ clock: systemClock }),
}))
