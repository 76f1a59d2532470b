import type { Language } from '../wire/topics.ts'
import type { CheckName, Finding, FindingCode } from './finding.ts'
import { soundFaultSentence } from './sound-fault-sentence.ts'

type Texts = Readonly<Partial<Record<FindingCode, Readonly<Record<Language, string>>>>>

/** `{name}` stands for a measured value. What is wrong is followed by what to do. */
const texts: Readonly<Record<CheckName, Texts>> = {
  service: {
    running: {
      en: 'The speaker is running and uses the sound card. Examine it in the panel, or first: sudo systemctl stop mynah-device.',
      zh: '音箱正在运行并占用声卡。请在管理面板中检查，或先运行：sudo systemctl stop mynah-device。',
    },
  },
  microphone: {
    works: {
      en: 'The microphone hears the room ({level_dbfs} dBFS).',
      zh: '麦克风能听到房间里的声音（{level_dbfs} dBFS）。',
    },
    muted: {
      en: 'The speaker is muted, so nothing was recorded. Unmute it and examine it again.',
      zh: '音箱已静音，因此没有录音。请取消静音后再检查。',
    },
    silent: {
      en: 'The microphone gives nothing but zeros: it is switched off. Look for a mute button on it, and raise the capture level with alsamixer.',
      zh: '麦克风只输出零：它被关掉了。请检查麦克风上的静音键，并用 alsamixer 调高录音音量。',
    },
    too_quiet: {
      en: 'The microphone is nearly silent ({level_dbfs} dBFS). If it does not hear you, raise the capture level: alsamixer -c NAME, then sudo alsactl store.',
      zh: '麦克风几乎没有声音（{level_dbfs} dBFS）。如果它听不到您，请调高录音音量：alsamixer -c 名称，然后 sudo alsactl store。',
    },
    clips: {
      en: 'The microphone is overdriven: {clipped_percent} % of its samples are at the limit. Lower the capture level: alsamixer -c NAME, then sudo alsactl store.',
      zh: '麦克风过载：{clipped_percent} % 的采样达到上限。请调低录音音量：alsamixer -c 名称，然后 sudo alsactl store。',
    },
  },
  noise: {
    works: {
      en: 'The room is quiet enough ({noise_floor_dbfs} dBFS).',
      zh: '房间足够安静（{noise_floor_dbfs} dBFS）。',
    },
    noisy: {
      en: 'It is loud around the microphone ({noise_floor_dbfs} dBFS). Move the speaker away from fans and music, or lower the capture level.',
      zh: '麦克风周围很吵（{noise_floor_dbfs} dBFS）。请让音箱远离风扇和音乐，或调低录音音量。',
    },
  },
  echo: {
    works: {
      en: 'Its own voice comes back {attenuation_db} dB quieter, after {delay_ms} ms: it can be interrupted.',
      zh: '它自己的声音衰减 {attenuation_db} dB 后返回，延迟 {delay_ms} 毫秒：可以打断它说话。',
    },
    weak: {
      en: 'Its own voice comes back only {attenuation_db} dB quieter. Interrupt it from close by, or turn the loudspeaker away from the microphone.',
      zh: '它自己的声音只衰减了 {attenuation_db} dB。请靠近些打断它，或让扬声器背对麦克风。',
    },
    hears_itself: {
      en: 'It hears itself nearly as loud as it speaks ({attenuation_db} dB). Use hardware with echo cancellation, or: sudo mynah-device echo-canceller on (hardware/README.md), or lower the volume.',
      zh: '它听到的自己几乎和说话一样响（{attenuation_db} dB）。请使用带回声消除的硬件，或者运行 sudo mynah-device echo-canceller on（见 hardware/README.md），或调低音量。',
    },
    not_heard: {
      en: 'The microphone did not hear the chirp. If you heard it, echo cancellation works; if not, check the loudspeaker and its volume.',
      zh: '麦克风没有听到测试音。如果您听到了，说明回声消除有效；如果没有，请检查扬声器和音量。',
    },
  },
  sound_gaps: {
    works: { en: 'No sound was lost between program and card.', zh: '程序与声卡之间没有丢失声音。' },
    many: {
      en: 'Sound was lost {microphone} times on the way in, {loudspeaker} times on the way out. The Pi is too busy, or its power supply too weak: vcgencmd get_throttled.',
      zh: '录音丢失 {microphone} 次，播放丢失 {loudspeaker} 次。树莓派太忙，或电源功率不足：vcgencmd get_throttled。',
    },
  },
  clock: {
    works: { en: 'The clock is right.', zh: '时钟正确。' },
    wrong: {
      en: 'The clock is {ahead_s} s off the one of the cloud; alarms ring at the wrong time. Check: timedatectl status.',
      zh: '时钟与服务器相差 {ahead_s} 秒，闹钟会在错误的时间响。请检查：timedatectl status。',
    },
    unreachable: {
      en: 'The clock cannot be compared: the cloud does not answer.',
      zh: '无法核对时钟：服务器没有应答。',
    },
  },
  wifi: {
    works: { en: 'The Wi-Fi signal is good ({signal_dbm} dBm).', zh: 'Wi-Fi 信号良好（{signal_dbm} dBm）。' },
    cable: { en: 'The network comes by cable.', zh: '网络通过网线连接。' },
    low: {
      en: 'The Wi-Fi signal is usable ({signal_dbm} dBm). Nearer to the access point sound has fewer gaps.',
      zh: 'Wi-Fi 信号一般（{signal_dbm} dBm）。靠近路由器声音会更连贯。',
    },
    weak: {
      en: 'The Wi-Fi signal is weak ({signal_dbm} dBm). Move the speaker nearer to the access point, or use a cable.',
      zh: 'Wi-Fi 信号很弱（{signal_dbm} dBm）。请把音箱移近路由器，或使用网线。',
    },
    power_save: {
      en: 'Wi-Fi power save is on: packets come late or not at all. Switch it off: sudo iw dev wlan0 set power_save off.',
      zh: 'Wi-Fi 省电模式已开启：数据包会迟到或丢失。请关闭：sudo iw dev wlan0 set power_save off。',
    },
  },
  owner: {
    works: { en: 'It has an owner.', zh: '它有主人。' },
    none: {
      en: 'It has no owner yet. Type the code that it says in the panel: Speakers, Add.',
      zh: '它还没有主人。请在管理面板“音箱 - 添加”中输入它念出的代码。',
    },
  },
  broker: {
    works: { en: 'The cloud is reached.', zh: '可以连上服务器。' },
    refused: {
      en: 'The cloud does not know this speaker any more. Add it again in the panel: Speakers, Add.',
      zh: '服务器不再认识这台音箱。请在管理面板“音箱 - 添加”中重新添加。',
    },
    unreachable: {
      en: 'The cloud cannot be reached. Is it running, and can a phone in the same network open its address?',
      zh: '连不上服务器。它在运行吗？同一网络中的手机能打开它的地址吗？',
    },
  },
  udp: {
    works: { en: 'Sound goes by UDP.', zh: '声音通过 UDP 传输。' },
    blocked: {
      en: 'UDP does not pass, so sound goes through a WebSocket, a little later. Open the UDP port of the cloud in its firewall.',
      zh: 'UDP 不通，声音改走 WebSocket，会稍慢一些。请在服务器防火墙中开放 UDP 端口。',
    },
    not_tried: {
      en: 'Whether UDP passes is not known: nothing was said since the start, or the cloud cannot be reached.',
      zh: '尚不清楚 UDP 是否畅通：启动后还没有对话，或连不上服务器。',
    },
  },
  models: {
    works: { en: 'Wake word and voice activity models are loaded.', zh: '唤醒词和语音检测模型已加载。' },
    missing: {
      en: 'A model does not load ({why}). Install the bundle again: ./flash.sh --restage.',
      zh: '模型无法加载（{why}）。请重新安装：./flash.sh --restage。',
    },
  },
  local_commands: {
    works: {
      en: 'Timers, alarms and volume are understood without the cloud.',
      zh: '没有服务器也能听懂定时器、闹钟和音量指令。',
    },
    missing: {
      en: 'Nothing is understood without the cloud ({why}). With a network, once: sudo apt install pocketsphinx-en-us libpocketsphinx3 flite espeak-ng.',
      zh: '没有服务器时什么也听不懂（{why}）。联网后运行一次：sudo apt install pocketsphinx-en-us libpocketsphinx3 flite espeak-ng。',
    },
  },
  disk: {
    works: { en: 'There is room on the card ({free_mb} MB).', zh: '存储卡空间充足（{free_mb} MB）。' },
    low: {
      en: 'Only {free_mb} MB are free on the card; an update may not fit.',
      zh: '存储卡只剩 {free_mb} MB，更新可能放不下。',
    },
    full: {
      en: 'The card is full ({free_mb} MB free): alarms cannot be kept. Make room: sudo journalctl --vacuum-size=50M.',
      zh: '存储卡已满（剩余 {free_mb} MB）：无法保存闹钟。请清理空间：sudo journalctl --vacuum-size=50M。',
    },
    read_only: {
      en: 'Nothing can be written to the card; it is worn out or read-only. Write a new card with flash.sh and --device-id.',
      zh: '存储卡无法写入，可能已损坏或只读。请用 flash.sh 和 --device-id 写一张新卡。',
    },
  },
}

const soundFaults = ['no_tool', 'not_found', 'busy', 'stalled', 'failed'] as const

/** A finding as it comes over the wire: a newer speaker may know others. */
export type AnyFinding = {
  readonly check: string
  readonly code: string
  readonly measured?: Readonly<Record<string, unknown>>
}

const textOf = (check: string, code: string, language: Language): string | undefined => {
  if (!Object.hasOwn(texts, check)) return undefined
  const ofCheck: Readonly<Record<string, Readonly<Record<Language, string>>>> = texts[check as CheckName] // It is one of the keys.
  return Object.hasOwn(ofCheck, code) ? ofCheck[code]?.[language] : undefined
}

/** A finding as a sentence for the owner, with what to do when something is wrong; undefined of one that is not known here. */
export const knownSentence = ({ check, code, measured = {} }: AnyFinding, language: Language): string | undefined => {
  const fault = soundFaults.find((known) => known === code)
  if (fault)
    return soundFaultSentence(measured.direction === 'loudspeaker' ? 'loudspeaker' : 'microphone', fault, language)
  return textOf(check, code, language)?.replace(/\{(\w+)\}/g, (_, name: string) => String(measured[name] ?? '?'))
}

/** The same for a speaker's own findings, all of which are known. */
export const sentenceOf = (finding: Finding, language: Language): string =>
  knownSentence(finding, language) ?? `${finding.check}: ${finding.code}`
