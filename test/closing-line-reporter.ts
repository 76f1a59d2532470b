import type { Reporter, TestModule } from 'vitest/node'
import { skippedFor } from './requirement.ts'

/** Ends a run with why tests were skipped and one plain line, `N passed, N failed`, that people and machines can read. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 }
    const missing = new Map<string, number>()
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed += 1
      for (const each of module.children.allTests()) {
        const { state } = each.result()
        if (state === 'passed' || state === 'failed' || state === 'skipped') counts[state] += 1
        if (state !== 'skipped') continue
        const names = each.fullName.split(' > ')
        const reason = names.map((name) => skippedFor.exec(name)?.[1]).find((found) => found !== undefined)
        if (reason !== undefined) missing.set(reason, (missing.get(reason) ?? 0) + 1)
      }
    }
    for (const [reason, count] of missing) process.stdout.write(`\nskipped ${count}, missing is ${reason}`)
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${skipped}\n`)
  }
}
