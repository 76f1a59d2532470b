import { systemClock } from '@mynah/shared/time/clock.ts'
import { prepareApi } from './api-part.ts'
import type { ApiPlan, ApiReport } from './load-messages.ts'
import { runPart } from './load-part.ts'
import { partPipe } from './part-pipe.ts'

runPart(partPipe<ApiPlan, ApiReport>(), (plan) => prepareApi(plan, systemClock))
