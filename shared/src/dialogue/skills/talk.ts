import { civilTimeAt } from '../../time/zoned-time.ts'
import type { Language } from '../../wire/topics.ts'
import { englishNumber } from '../grammar/numbers.en.ts'
import { chineseNumber } from '../grammar/numbers.zh.ts'
import { choiceIn } from '../grammar/slot-value.ts'
import { inLanguage, type Skill, say } from './skill.ts'

/** A skill that always answers the same. */
const fixed =
  (english: readonly string[], chinese: readonly string[]): Skill =>
  ({ language }) => ({ sentences: language === 'zh' ? chinese : english })

export const stop = fixed(['Okay.'], ['好的。'])
export const cancel = fixed(['Okay, never mind.'], ['好的，不用了。'])
export const thanks = fixed(["You're welcome."], ['不客气。'])
export const goodbye = fixed(['Goodbye.'], ['再见。'])
export const howAreYou = fixed(['All my parts are running, thank you.'], ['一切运转正常，谢谢关心。'])

export const help = fixed(
  [
    'I can tell the time and the date, set timers, alarms and reminders, change the volume, do sums, and convert units.',
    'Try: set a timer for ten minutes. Or: what is fifteen percent of eighty.',
  ],
  [
    '我会报时间和日期，设计时器、闹钟和提醒，调音量，做算术，换算单位。',
    '可以试试说：十分钟后提醒我。或者：十二乘以七等于多少。',
  ],
)

export const whoAreYou = fixed(
  [
    "I'm Mynah, a smart speaker that belongs entirely to its owner.",
    "I'm a program, named after a bird that learns to talk.",
  ],
  ['我是鹩哥，一个完全属于主人的智能音箱。', '我是一个程序，名字来自一种会学说话的鸟。'],
)

export const whoMadeYou = fixed(
  ['I am open source software, written by many people and run by my owner.', 'My code is there for everyone to read.'],
  ['我是开源软件，由许多人编写，由我的主人运行。', '我的代码人人都可以看。'],
)

export const areYouHuman = fixed(
  ["No, I'm a program. I only understand what I was built for."],
  ['不是，我是一个程序，只懂得设计好的那些事。'],
)

export const privacy = fixed(
  [
    'I listen for my wake word on this speaker itself, and no sound leaves it before that.',
    "What you say after it goes to your owner's own cloud, where it becomes text.",
    'Recordings are not kept unless the owner turns that on.',
  ],
  [
    '唤醒词是在音箱本机上听的，在那之前没有声音离开音箱。',
    '唤醒之后说的话会送到主人自己的云端，转成文字。',
    '除非主人打开录音保存，否则不会留下录音。',
  ],
)

export const goodMorning: Skill = ({ language }) => say(inLanguage(language, 'Good morning.', '早上好。'))
export const goodNight: Skill = ({ language }) => say(inLanguage(language, 'Good night. Sleep well.', '晚安，好梦。'))

const greetings: Readonly<Record<Language, readonly [string, string, string]>> = {
  en: ['Good morning.', 'Hello.', 'Good evening.'],
  zh: ['早上好。', '你好。', '晚上好。'],
}

export const hello: Skill = ({ language, nowMs, speaker }) => {
  const { hour } = civilTimeAt(nowMs, speaker.timeZone)
  const [morning, day, evening] = greetings[language]
  if (hour >= 5 && hour < 11) return say(morning)
  return say(hour >= 18 ? evening : day)
}

const jokes: Readonly<Record<Language, readonly (readonly string[])[]>> = {
  en: [
    ['Why did the timer go to school?', 'It wanted to be a little sharper on the hour.'],
    ['I told my echo a joke.', 'It laughed, but only after I did.'],
    ['What does a speaker say when it has nothing to say?', 'Twenty milliseconds of silence, again and again.'],
    ['My alarm clock and I have a lot in common.', 'Nobody is happy to hear either of us at six.'],
  ],
  zh: [
    ['闹钟为什么没有朋友？', '因为它总在别人睡得最香的时候说话。'],
    ['我跟回声讲了一个笑话。', '它笑了，不过是在我之后。'],
    ['计时器去面试，老板问它有什么特长。', '它说：我特别会倒数第一。'],
  ],
}

const pick = <T>(items: readonly T[], random: () => number): T | undefined => items[Math.floor(random() * items.length)]

export const joke: Skill = ({ language, random, lastReply }) => {
  const fresh = jokes[language].filter((lines) => !lastReply?.includes(lines[0] ?? ''))
  return say(...(pick(fresh, random) ?? []))
}

export const coin: Skill = ({ language, random }) =>
  say(random() < 0.5 ? inLanguage(language, 'Heads.', '正面。') : inLanguage(language, 'Tails.', '反面。'))

export const dice: Skill = ({ language, random }) => {
  const eyes = 1 + Math.floor(random() * 6)
  return say(inLanguage(language, `It's a ${englishNumber(eyes)}.`, `是${chineseNumber(eyes)}点。`))
}

export const repeat: Skill = ({ language, lastReply }) =>
  say(lastReply ?? inLanguage(language, "I haven't said anything yet.", '我还没有说过话。'))

const services: Readonly<Record<string, readonly [string, string]>> = {
  weather: ['No weather service is connected yet', '还没有接上天气服务'],
  lights: ['No lights are connected to me yet', '还没有接上灯'],
  tv: ['No television is connected to me yet', '还没有接上电视'],
  curtains: ['No curtains are connected to me yet', '还没有接上窗帘'],
  climate: ['No heating or air conditioner is connected to me yet', '还没有接上空调或暖气'],
  music: ['No music service is connected to me yet', '还没有接上音乐服务'],
  news: ['No news service is connected to me yet', '还没有接上新闻服务'],
}

/** Understood, but there is nothing behind it; a command that names no service is about rain or about playing. */
export const notConnected: Skill = ({ slots, language }) => {
  const [english, chinese] = services[choiceIn(slots, 'service') ?? ''] ?? [
    'Nothing is connected for that yet',
    '这个功能还没有接上',
  ]
  return say(inLanguage(language, `${english}, so I can't do that.`, `${chinese}，所以办不到。`))
}
