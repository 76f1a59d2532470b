import { type AnyFinding, knownSentence } from '@mynah/shared/doctor/sentences.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import * as v from 'valibot'

const findingSchema = v.object({
  level: v.picklist(['good', 'note', 'bad']),
  check: v.optional(v.string(), ''),
  code: v.optional(v.string(), ''),
  measured: v.optional(v.record(v.string(), v.unknown())),
  /** In the language of the speaker. */
  text: v.string(),
})
/** One thing that a speaker found out about itself. */
export type ReportedFinding = v.InferOutput<typeof findingSchema>

export type DoctorReport = {
  readonly findings: readonly ReportedFinding[]
  /** Counters and status beside them. */
  readonly facts: readonly (readonly [string, unknown])[]
}

const ranks = { bad: 0, note: 1, good: 2 } as const

/** What a speaker answered to `doctor`, what must be mended first. Older speakers send facts alone. */
export const doctorReportOf = (report: Readonly<Record<string, unknown>>): DoctorReport => {
  const { findings, healthy: _, ...rest } = report
  const all = (Array.isArray(findings) ? findings : []).flatMap((one) => {
    const parsed = v.safeParse(findingSchema, one)
    return parsed.success ? [parsed.output] : []
  })
  return { findings: all.toSorted((a, b) => ranks[a.level] - ranks[b.level]), facts: Object.entries(rest) }
}

/** A finding in the language of whoever reads it; what only a newer speaker knows is in that speaker's. */
export const findingText = ({ check, code, measured, text }: ReportedFinding, language: Language): string => {
  const finding: AnyFinding = { check, code, ...(measured && { measured }) }
  return knownSentence(finding, language) ?? text
}
