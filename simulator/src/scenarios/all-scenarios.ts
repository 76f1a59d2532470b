import type { Scenario } from '../scenario.ts'
import { bargeIn } from './barge-in.ts'
import { brokerRestart } from './broker-restart.ts'
import { chinese } from './chinese.ts'
import { cloudRestart } from './cloud-restart.ts'
import { followUp } from './follow-up.ts'
import { hello } from './hello.ts'
import { llmFails } from './llm-fails.ts'
import { lossy } from './lossy.ts'
import { noNetwork } from './no-network.ts'
import { offline } from './offline.ts'
import { outOfGrammar } from './out-of-grammar.ts'
import { silenceAfterWake } from './silence-after-wake.ts'
import { slowLlm } from './slow-llm.ts'
import { timer } from './timer.ts'
import { ttsFails } from './tts-fails.ts'
import { twoSpeakersWake } from './two-speakers-wake.ts'

/** In the order in which `scenario all` runs them; neighbours with equal needs share a cloud. */
export const allScenarios: readonly Scenario[] = [
  hello,
  followUp,
  bargeIn,
  timer,
  chinese,
  outOfGrammar,
  silenceAfterWake,
  twoSpeakersWake,
  lossy,
  noNetwork,
  offline,
  brokerRestart,
  cloudRestart,
  slowLlm,
  llmFails,
  ttsFails,
]

export const scenarioNamed = (name: string): Scenario | undefined =>
  allScenarios.find((scenario) => scenario.name === name)
