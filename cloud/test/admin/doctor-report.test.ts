import { describe, expect, test } from 'vitest'
import { doctorReportOf } from '../../admin/src/pages/speaker/doctor-report.ts'

describe('what a speaker found out about itself', () => {
  test('is shown with what must be mended first, and its facts after it', () => {
    const findings = [
      { check: 'clock', level: 'good', code: 'works', text: 'The clock is right.' },
      { check: 'microphone', level: 'bad', code: 'not_found', text: 'No microphone is found.' },
      { check: 'udp', level: 'note', code: 'blocked', text: 'UDP does not pass.' },
    ]
    const report = doctorReportOf({ healthy: false, findings, volume: 60 })
    expect(report.findings.map(({ level }) => level)).toEqual(['bad', 'note', 'good'])
    expect(report.facts).toEqual([['volume', 60]])
  })
  test('of an older speaker, or nonsense, is its facts alone', () => {
    expect(doctorReportOf({ volume: 60 })).toEqual({ findings: [], facts: [['volume', 60]] })
    expect(doctorReportOf({ findings: [1, null, { level: 'worse', text: 'x' }, { level: 'bad' }] }).findings).toEqual(
      [],
    )
    expect(doctorReportOf({ findings: 'all' }).findings).toEqual([])
  })
})
