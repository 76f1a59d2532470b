/** What a person calls a group of skills. */
export type SkillFamily = 'time' | 'timer' | 'alarm' | 'reminder' | 'volume' | 'stop' | 'sums' | 'talk' | 'answer'

const families: Readonly<Record<string, SkillFamily>> = {
  time: 'time',
  date: 'time',
  weekday: 'time',
  timer: 'timer',
  alarm: 'alarm',
  reminder: 'reminder',
  volume: 'volume',
  stop: 'stop',
  cancel: 'stop',
  arithmetic: 'sums',
  convert: 'sums',
  answer: 'answer',
  repeat: 'talk',
  help: 'talk',
  who_are_you: 'talk',
  who_made_you: 'talk',
  are_you_human: 'talk',
  privacy: 'talk',
  hello: 'talk',
  how_are_you: 'talk',
  thanks: 'talk',
  goodbye: 'talk',
  good_morning: 'talk',
  good_night: 'talk',
  joke: 'talk',
  coin: 'talk',
  dice: 'talk',
  not_connected: 'talk',
}

/** Of `skill:{name}` in a record; undefined for a skill of a newer cloud. */
export const familyOfSkill = (name: string): SkillFamily | undefined => families[name]
