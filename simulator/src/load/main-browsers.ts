import { systemClock } from '@mynah/shared/time/clock.ts'
import { prepareBrowsers } from './browsers-part.ts'
import type { BrowsersPlan, BrowsersReport } from './load-messages.ts'
import { runPart } from './load-part.ts'
import { partPipe } from './part-pipe.ts'

runPart(partPipe<BrowsersPlan, BrowsersReport>(), (plan) => prepareBrowsers(plan, systemClock))
