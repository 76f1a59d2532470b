import type { Finding } from '@mynah/shared/doctor/finding.ts'
import { sentenceOf } from '@mynah/shared/doctor/sentences.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { Examination } from './examination.ts'
import { findingsOf, isHealthy } from './findings.ts'

export type ReportedFinding = Finding & { readonly text: string }

/** What goes to the panel and to `--json`. */
export type DoctorReport = { readonly healthy: boolean; readonly findings: readonly ReportedFinding[] }

export const reportOf = (examination: Examination, language: Language): DoctorReport => {
  const findings = findingsOf(examination)
  return {
    healthy: isHealthy(findings),
    findings: findings.map((finding) => ({ ...finding, text: sentenceOf(finding, language) })),
  }
}

const marks: Readonly<Record<Language, Readonly<Record<Finding['level'], string>>>> = {
  en: { good: 'ok  ', note: 'note', bad: 'BAD ' },
  zh: { good: '正常', note: '注意', bad: '故障' },
}

export const linesOf = ({ findings }: DoctorReport, language: Language): readonly string[] =>
  findings.map(({ level, text }) => `${marks[language][level]} ${text}`)
