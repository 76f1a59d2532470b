import type { House } from './house.ts'
import type { LlmScript } from './scripted-llm.ts'

/** What a scenario's cloud is made of; scenarios with equal needs share one. */
export type CloudNeeds = {
  /** A scripted language model stands in for a real one. */
  readonly llm?: LlmScript
  /** The voice's address leads nowhere. */
  readonly voice?: 'dead'
}

export type Check = { readonly what: string; readonly passed: boolean; readonly found?: string }

/** Collects what a scenario shows and proves. */
export type Report = {
  /** A line for who watches: what happens next. */
  readonly step: (line: string) => void
  readonly check: (what: string, passed: boolean, found?: unknown) => void
  /** A figure worth a distribution when the scenario is played many times; in milliseconds. */
  readonly measure: (what: string, ms: number) => void
  /** Something that could not be checked here, and why. */
  readonly skip: (what: string, why: string) => void
}

export type Outcome = {
  readonly scenario: string
  readonly passed: boolean
  readonly checks: readonly Check[]
  readonly skipped: readonly { readonly what: string; readonly why: string }[]
  readonly measuredMs: Readonly<Record<string, number>>
  /** Set when the scenario could not go on. */
  readonly stoppedBy?: string
  readonly durationMs: number
}

export type Scenario = {
  readonly name: string
  readonly summary: string
  readonly needs: CloudNeeds
  /** Why it cannot run on this machine; undefined when it can. */
  readonly missing?: () => string | undefined
  readonly run: (house: House, report: Report, signal: AbortSignal) => Promise<void>
}

const printable = (found: unknown): string => (typeof found === 'string' ? found : JSON.stringify(found)) ?? 'undefined'

/** A report that keeps everything and shows it as it comes. */
export const createReport = (show: (line: string) => void) => {
  const checks: Check[] = []
  const skipped: { what: string; why: string }[] = []
  const measuredMs: Record<string, number> = {}
  const report: Report = {
    step: (line) => show(`  · ${line}`),
    check: (what, passed, found) => {
      checks.push({ what, passed, ...(found === undefined ? {} : { found: printable(found) }) })
      const detail = found === undefined ? '' : ` (${printable(found)})`
      show(`  ${passed ? '✓' : '✗'} ${what}${detail}`)
    },
    measure: (what, ms) => {
      measuredMs[what] = ms
      show(`  ⏱ ${what}: ${ms.toFixed(1)} ms`)
    },
    skip: (what, why) => {
      skipped.push({ what, why })
      show(`  - ${what}: not checked, ${why}`)
    },
  }
  return { report, checks, skipped, measuredMs }
}
