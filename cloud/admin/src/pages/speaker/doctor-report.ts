/** One thing that a speaker found out about itself, in its own language, with what to do. */
export type ReportedFinding = { readonly level: 'good' | 'note' | 'bad'; readonly text: string }

export type DoctorReport = {
  readonly findings: readonly ReportedFinding[]
  /** Counters and status beside them. */
  readonly facts: readonly (readonly [string, unknown])[]
}

const levels: ReadonlySet<unknown> = new Set(['good', 'note', 'bad'])
const ranks = { bad: 0, note: 1, good: 2 } as const

const isFinding = (value: unknown): value is ReportedFinding =>
  typeof value === 'object' &&
  value !== null &&
  'level' in value &&
  levels.has(value.level) &&
  'text' in value &&
  typeof value.text === 'string'

/** What a speaker answered to `doctor`, what must be mended first. Older speakers send facts alone. */
export const doctorReportOf = (report: Readonly<Record<string, unknown>>): DoctorReport => {
  const { findings, healthy: _, ...rest } = report
  const all = Array.isArray(findings) ? findings.filter(isFinding) : []
  return { findings: all.toSorted((a, b) => ranks[a.level] - ranks[b.level]), facts: Object.entries(rest) }
}
