import { systemClock } from '@mynah/shared/time/clock.ts'
import type { SpeakersPlan, SpeakersReport } from './load-messages.ts'
import { runPart } from './load-part.ts'
import { partPipe } from './part-pipe.ts'
import { prepareSpeakers } from './speakers-part.ts'

runPart(partPipe<SpeakersPlan, SpeakersReport>(), (plan) =>
  prepareSpeakers(plan, { clock: systemClock, random: Math.random }),
)
