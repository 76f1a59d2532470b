import { describe, expect, test } from 'vitest'
import { doctorReportOf, findingText } from '../../admin/src/pages/speaker/doctor-report.ts'

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

  test('is said in the language of who reads it, whatever the speaker speaks', () => {
    const measured = { signal_dbm: -80 }
    const wifi = { check: 'wifi', level: 'bad', code: 'weak', measured, text: 'Wi-Fi 信号很弱（-80 dBm）。' } as const
    const [finding] = doctorReportOf({ findings: [wifi] }).findings
    if (!finding) throw new Error('the finding was not taken')
    expect(findingText(finding, 'en')).toBe(
      'The Wi-Fi signal is weak (-80 dBm). Move the speaker nearer to the access point, or use a cable.',
    )
    expect(findingText(finding, 'zh')).toMatch(/^Wi-Fi 信号很弱（-80 dBm）。请/)
  })
  test.each([
    { check: 'teleport', code: 'works' },
    { check: 'wifi', code: 'teleported' },
    { check: 'constructor', code: 'name' },
    { check: 'wifi', code: 'constructor' },
    {},
  ])('that only a newer speaker knows is said as the speaker said it: %o', (unknown) => {
    const [finding] = doctorReportOf({ findings: [{ ...unknown, level: 'note', text: 'As it said.' }] }).findings
    expect(finding && findingText(finding, 'zh')).toBe('As it said.')
  })
})
