import { systemClock } from '@mynah/shared/time/clock.ts'
import { createRivaSpeechToText } from '../../providers/stt/riva.ts'
import { createRivaTextToSpeech } from '../../providers/tts/riva.ts'
import { runWorkerProcess } from './run-worker-process.ts'

/** One audio worker: forked by the control process, recogniser and voice over gRPC. */
runWorkerProcess(({ speechAddress }) => ({
  stt: createRivaSpeechToText({ address: speechAddress, clock: systemClock }),
  tts: createRivaTextToSpeech({ address: speechAddress, clock: systemClock }),
}))
