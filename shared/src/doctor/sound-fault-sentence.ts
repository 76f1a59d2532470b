import type { Language } from '../wire/topics.ts'

export type SoundDirection = 'microphone' | 'loudspeaker'

/** Why sound hardware cannot be used, as far as a person could do something about it. */
export type SoundFaultCode = 'no_tool' | 'not_found' | 'busy' | 'stalled' | 'failed'

type Sentence = Readonly<Record<Language, string>>

const sentences: Readonly<Record<SoundDirection, Readonly<Record<SoundFaultCode, Sentence>>>> = {
  microphone: {
    no_tool: {
      en: 'The program that records sound is missing. On the speaker: sudo apt install alsa-utils',
      zh: '缺少录音程序。请在音箱上运行：sudo apt install alsa-utils',
    },
    not_found: {
      en: 'No microphone is found. Plug it in again, or try another cable or socket; it is used as soon as it is there.',
      zh: '没有找到麦克风。请重新插好，或换一根线、换一个接口；接好后会自动使用。',
    },
    busy: {
      en: 'Another program is using the microphone. Close it; the microphone is used as soon as it is free.',
      zh: '麦克风正被另一个程序占用。请关闭那个程序，之后会自动使用。',
    },
    stalled: {
      en: 'The microphone is plugged in but gives no sound. Pull it out and plug it in again.',
      zh: '麦克风已连接，但没有声音。请拔下后重新插上。',
    },
    failed: {
      en: 'The microphone does not work. Pull it out and plug it in again; if that does not help, restart the speaker.',
      zh: '麦克风无法使用。请拔下后重新插上；如果没有用，请重启音箱。',
    },
  },
  loudspeaker: {
    no_tool: {
      en: 'The program that plays sound is missing. On the speaker: sudo apt install alsa-utils',
      zh: '缺少播放程序。请在音箱上运行：sudo apt install alsa-utils',
    },
    not_found: {
      en: 'No loudspeaker is found. Plug it in again, or try another cable or socket; it is used as soon as it is there.',
      zh: '没有找到扬声器。请重新插好，或换一根线、换一个接口；接好后会自动使用。',
    },
    busy: {
      en: 'Another program is using the loudspeaker. Close it; the loudspeaker is used as soon as it is free.',
      zh: '扬声器正被另一个程序占用。请关闭那个程序，之后会自动使用。',
    },
    stalled: {
      en: 'The loudspeaker is plugged in but takes no sound. Pull it out and plug it in again.',
      zh: '扬声器已连接，但不接收声音。请拔下后重新插上。',
    },
    failed: {
      en: 'The loudspeaker does not work. Pull it out and plug it in again; if that does not help, restart the speaker.',
      zh: '扬声器无法使用。请拔下后重新插上；如果没有用，请重启音箱。',
    },
  },
}

/** What is wrong with a microphone or loudspeaker and what to do about it, for the person who owns it. */
export const soundFaultSentence = (direction: SoundDirection, code: SoundFaultCode, language: Language): string =>
  sentences[direction][code][language]
