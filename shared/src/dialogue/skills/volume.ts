import { englishNumber } from '../grammar/numbers.en.ts'
import { chineseNumber } from '../grammar/numbers.zh.ts'
import { numberIn } from '../grammar/slot-value.ts'
import { inLanguage, type Skill, type SkillContext, type SkillReply, say } from './skill.ts'

const stepOf = 10
const defaultVolume = 40

/** The command that sets the speaker's loudness, 0 to 100. */
const setVolume = (volume: number): Pick<SkillReply, 'actions'> => ({
  actions: [{ type: 'command', command: { type: 'set_volume', volume } }],
})

export const volumeSet: Skill = ({ slots, language }) => {
  const level = numberIn(slots, 'level')
  if (level === undefined || level < 0 || level > 100)
    return say(inLanguage(language, 'The volume goes from zero to one hundred.', '音量从零到一百。'))
  const volume = Math.round(level)
  return {
    ...say(
      inLanguage(language, `Volume ${englishNumber(volume)} percent.`, `音量已调到百分之${chineseNumber(volume)}。`),
    ),
    ...setVolume(volume),
  }
}

const change = ({ speaker, language }: SkillContext, by: number): SkillReply => {
  const volume = Math.min(100, Math.max(0, Math.round(speaker.volume) + by))
  if (volume === speaker.volume) {
    const text =
      by > 0
        ? inLanguage(language, "That's as loud as I can be.", '已经是最大音量了。')
        : inLanguage(language, "I'm already silent.", '已经静音了。')
    return say(text)
  }
  const up = inLanguage(
    language,
    `Louder: ${englishNumber(volume)} percent.`,
    `声音大一点了，百分之${chineseNumber(volume)}。`,
  )
  const down = inLanguage(
    language,
    `Quieter: ${englishNumber(volume)} percent.`,
    `声音小一点了，百分之${chineseNumber(volume)}。`,
  )
  return { ...say(by > 0 ? up : down), ...setVolume(volume) }
}

export const volumeUp: Skill = (context) => change(context, stepOf)

export const volumeDown: Skill = (context) => change(context, -stepOf)

export const volumeMute: Skill = ({ language }) => ({
  ...say(
    inLanguage(
      language,
      'Muted. Say: turn the sound back on, when you want to hear me again.',
      '已静音。想恢复的时候，请说：打开声音。',
    ),
  ),
  ...setVolume(0),
})

export const volumeUnmute: Skill = ({ language, speaker, volumeBeforeMute }) => {
  const volume = speaker.volume > 0 ? Math.round(speaker.volume) : (volumeBeforeMute ?? defaultVolume)
  return { ...say(inLanguage(language, 'The sound is back on.', '声音已打开。')), ...setVolume(volume) }
}

export const volumeAsk: Skill = ({ language, speaker }) => {
  const volume = Math.round(speaker.volume)
  return say(
    inLanguage(
      language,
      `The volume is ${englishNumber(volume)} percent.`,
      `现在的音量是百分之${chineseNumber(volume)}。`,
    ),
  )
}
