import { Lightbulb, Stethoscope } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Badge, Card, Facts } from '../../design/card.tsx'
import { ConfirmButton, Dialog } from '../../design/dialog.tsx'
import { tellDone, tellFailed } from '../../design/toast.tsx'
import { language, useText } from '../../i18n/language.ts'
import { failureText } from '../../session/failure-text.ts'
import { api } from '../../session/session.ts'
import { faultText, fieldName, fieldValue } from '../detail-text.ts'
import { type DoctorReport, doctorReportOf, findingText } from './doctor-report.ts'

type Command = 'identify' | 'reboot' | 'doctor'
const tones = { good: 'good', note: 'warn', bad: 'bad' } as const

/** Let a speaker show itself, examine itself, restart. */
export const CommandCard = ({ deviceId }: { readonly deviceId: string }) => {
  const t = useText()
  const [busyWith, setBusyWith] = useState<Command>()
  const [report, setReport] = useState<DoctorReport>()

  const run = async (command: Command, doneText: string) => {
    setBusyWith(command)
    const outcome = await api.call('commandDevice', { params: { device_id: deviceId }, body: { command } })
    setBusyWith(undefined)
    if (!outcome.ok) tellFailed(failureText(t, outcome.error))
    else if (outcome.value.state === 'no_answer') tellFailed(t.speakers.noAnswer)
    else if (outcome.value.state === 'refused')
      tellFailed(t.speakers.refused(faultText(t, outcome.value.error ?? { code: 'refused' })))
    else if (command === 'doctor') setReport(doctorReportOf(outcome.value.report ?? {}))
    else tellDone(doneText)
  }
  return (
    <Card title={t.speakers.commands}>
      <div class="row">
        <Button
          icon={Lightbulb}
          busy={busyWith === 'identify'}
          onClick={() => void run('identify', t.speakers.identifyDone)}
        >
          {t.speakers.identify}
        </Button>
        <Button icon={Stethoscope} busy={busyWith === 'doctor'} onClick={() => void run('doctor', '')}>
          {t.speakers.doctor}
        </Button>
        <ConfirmButton
          kind="secondary"
          label={t.speakers.reboot}
          title={t.speakers.rebootTitle}
          text={t.speakers.rebootText}
          onConfirm={() => run('reboot', t.speakers.rebootDone)}
        />
      </div>
      {report && (
        <Dialog title={t.speakers.doctorTitle} onClose={() => setReport(undefined)}>
          <ul class="findings graded">
            {report.findings.map((finding) => (
              <li key={finding.text} class="finding">
                <Badge tone={tones[finding.level]}>{t.speakers.findingLevels[finding.level]}</Badge>
                <span>{findingText(finding, language.value)}</span>
              </li>
            ))}
          </ul>
          <Facts
            rows={report.facts.map(([name, value]) => [fieldName(t, name), fieldValue(t, name, value)] as const)}
          />
        </Dialog>
      )}
    </Card>
  )
}
