import { checkNames } from '@mynah/shared/doctor/finding.ts'
import { describe, expect, it } from 'vitest'
import type { Examination } from '../../src/doctor/examination.ts'
import { findingsOf, isHealthy } from '../../src/doctor/findings.ts'
import { linesOf, reportOf } from '../../src/doctor/report.ts'
import type { RoomSound } from '../../src/doctor/room-sound.ts'

const quiet: RoomSound = {
  levelDbfs: -50,
  noiseFloorDbfs: -55,
  dead: false,
  clipped: 0,
  chirp: { type: 'heard', attenuationDb: 28, delayMs: 90 },
}
const well: Examination = {
  room: { type: 'heard', sound: quiet },
  xruns: { microphone: 0, loudspeaker: 1, uptimeMs: 3_600_000 },
  clock: { aheadMs: -300 },
  wifi: { type: 'wifi', signalDbm: -52, powerSave: false },
  owner: true,
  broker: 'reached',
  udp: { type: 'passes', roundTripMs: 4.2 },
  models: { type: 'loaded' },
  localCommands: { type: 'there' },
  disk: { freeBytes: 5e9, writable: true },
}
const heard = (sound: Partial<RoomSound>): Examination => ({ room: { type: 'heard', sound: { ...quiet, ...sound } } })
const faultsIn = (examination: Examination) =>
  findingsOf(examination)
    .filter(({ level }) => level !== 'good')
    .map(({ check, level, code }) => `${check} ${level} ${code}`)

const faults: readonly (readonly [Examination, string, RegExp, RegExp])[] = [
  [{ serviceRuns: true }, 'service note running', /systemctl stop mynah-device/, /systemctl stop/],
  [
    { room: { type: 'fault', direction: 'microphone', fault: 'not_found' } },
    'microphone bad not_found',
    /Plug it in/,
    /重新插好/,
  ],
  [
    { room: { type: 'fault', direction: 'loudspeaker', fault: 'busy' } },
    'echo bad busy',
    /loudspeaker. Close/,
    /扬声器正被/,
  ],
  [{ room: { type: 'muted' } }, 'microphone note muted', /Unmute/, /取消静音/],
  [heard({ dead: true }), 'microphone bad silent', /mute button/, /静音键/],
  [heard({ levelDbfs: -90 }), 'microphone note too_quiet', /-90 dBFS.*raise/, /调高/],
  [heard({ clipped: 0.02 }), 'microphone bad clips', /2 % .*Lower/, /调低/],
  [heard({ noiseFloorDbfs: -30 }), 'noise note noisy', /fans/, /风扇/],
  [heard({ chirp: { type: 'heard', attenuationDb: 14, delayMs: 90 } }), 'echo note weak', /14 dB/, /14 dB/],
  [
    heard({ chirp: { type: 'heard', attenuationDb: -3, delayMs: 90 } }),
    'echo bad hears_itself',
    /echo cancellation/,
    /回声消除/,
  ],
  [heard({ chirp: { type: 'not_heard' } }), 'echo note not_heard', /did not hear/, /没有听到/],
  [
    { xruns: { microphone: 4, loudspeaker: 9, uptimeMs: 60_000 } },
    'sound_gaps note many',
    /4 times.*9 times/,
    /4 次.*9 次/,
  ],
  [{ clock: { aheadMs: 7_200_000 } }, 'clock bad wrong', /7200 s.*timedatectl/, /7200 秒/],
  [{ clock: {} }, 'clock note unreachable', /does not answer/, /没有应答/],
  [{ wifi: { type: 'wifi', signalDbm: -50, powerSave: true } }, 'wifi bad power_save', /iw dev/, /省电/],
  [{ wifi: { type: 'wifi', signalDbm: -80 } }, 'wifi bad weak', /-80 dBm.*cable/, /网线/],
  [{ wifi: { type: 'wifi', signalDbm: -70 } }, 'wifi note low', /-70 dBm/, /-70 dBm/],
  [{ owner: false }, 'owner note none', /Speakers, Add/, /音箱 - 添加/],
  [{ broker: 'refused' }, 'broker bad refused', /Add it again/, /重新添加/],
  [{ broker: 'unreachable' }, 'broker bad unreachable', /Is it running/, /在运行吗/],
  [{ udp: { type: 'blocked' } }, 'udp note blocked', /firewall/, /防火墙/],
  [{ udp: { type: 'not_tried' } }, 'udp note not_tried', /not known/, /不清楚/],
  [{ models: { type: 'missing', why: 'no silero' } }, 'models bad missing', /no silero.*restage/, /no silero/],
  [
    { localCommands: { type: 'missing', why: 'no model' } },
    'local_commands note missing',
    /apt install/,
    /apt install/,
  ],
  [{ disk: { freeBytes: 2e7, writable: true } }, 'disk bad full', /20 MB.*vacuum/, /20 MB/],
  [{ disk: { freeBytes: 2e8, writable: true } }, 'disk note low', /200 MB/, /200 MB/],
  [{ disk: { freeBytes: 5e9, writable: false } }, 'disk bad read_only', /worn out/, /损坏/],
]

describe('the findings of the doctor', () => {
  it('are good, one for each check, for a speaker that is well', () => {
    const findings = findingsOf(well)
    expect(findings.map(({ check }) => check)).toEqual(checkNames.filter((name) => name !== 'service'))
    expect(faultsIn(well)).toEqual([])
    expect(isHealthy(findings)).toBe(true)
    for (const language of ['en', 'zh'] as const) {
      for (const line of linesOf(reportOf(well, language), language)) {
        expect(line).not.toMatch(/[{}?]|undefined|: works/)
        expect(line).toMatch(language === 'en' ? /^ok {3}[A-Z].*\.$/ : /^正常 .*。$/)
      }
    }
  })
  it.each(faults)('%j is %s, and says what to do in both languages', (examination, expected, english, chinese) => {
    expect(faultsIn(examination)).toEqual([expected])
    expect(isHealthy(findingsOf(examination))).toBe(!expected.includes(' bad '))
    const textIn = (language: 'en' | 'zh') =>
      reportOf(examination, language).findings.find(({ level }) => level !== 'good')?.text
    expect(textIn('en')).toMatch(english)
    expect(textIn('zh')).toMatch(chinese)
  })
  it('know a wired speaker', () => {
    expect(reportOf({ wifi: { type: 'cable' } }, 'en').findings).toMatchObject([
      { level: 'good', text: 'The network comes by cable.' },
    ])
  })
})
