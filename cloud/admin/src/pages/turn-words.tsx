import { isBrowserId } from '@mynah/shared/api/talk.ts'
import type { TurnView } from '@mynah/shared/api/turns.ts'
import { Badge, type Tone } from '../design/card.tsx'
import type { Dictionary } from '../i18n/en/en.ts'
import { useText } from '../i18n/language.ts'
import { speakerOf } from '../live/speakers.ts'
import { faultText } from './detail-text.ts'
import { familyOfSkill } from './skill-family.ts'

const tones: Readonly<Record<string, Tone>> = {
  completed: 'good',
  barge_in: 'note',
  failed: 'bad',
  link_lost: 'bad',
  timeout: 'warn',
  refused: 'warn',
}

const lookUp = (texts: Readonly<Record<string, string>>, name: string): string => texts[name] ?? name

/** The outcome of a turn in words; one of a newer cloud is shown as it is called there. */
export const OutcomeBadge = ({ turn }: { readonly turn: TurnView }) => {
  const t = useText()
  if (turn.outcome === null) return <Badge tone="accent">{t.conversations.running}</Badge>
  return <Badge tone={tones[turn.outcome] ?? 'plain'}>{lookUp(t.conversations.outcomes, turn.outcome)}</Badge>
}

export const triggerText = (t: Dictionary, trigger: string): string => lookUp(t.conversations.triggers, trigger)

export const answeredByText = (t: Dictionary, answeredBy: string): string => {
  if (answeredBy === 'llm') return t.conversations.model
  if (!answeredBy.startsWith('skill:')) return lookUp(t.conversations.answerers, answeredBy)
  const name = answeredBy.slice('skill:'.length)
  const family = familyOfSkill(name)
  return t.conversations.skill(family ? t.codes.skills[family] : name)
}

/** In which stage and why: `Voice: took too long`. */
export const failureOfTurn = (
  t: Dictionary,
  { stage, code }: { readonly stage: string; readonly code: string },
): string => t.codes.fault(lookUp(t.codes.stages, stage), faultText(t, { code }))

/** What was spoken to: a speaker by its name, or somebody's browser. */
export const speakerName = (t: Dictionary, turn: TurnView): string => {
  const { device_id: deviceId, talked_by: person, speaker_name: name } = turn
  if (!isBrowserId(deviceId)) return speakerOf(deviceId)?.device.value.name ?? name ?? deviceId
  return person === null ? (name ?? t.talk.ofBrowser) : `${name ?? t.talk.ofBrowser} (${person})`
}
