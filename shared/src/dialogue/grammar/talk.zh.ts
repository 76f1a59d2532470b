import type { IntentTemplates } from './definition.ts'

/** Control words, small talk, what is not connected, and answers to the questions that skills ask. */
export const chineseTalk: readonly IntentTemplates[] = [
  {
    intent: 'stop',
    templates: ['停止', '停下[~来]', '别说了', '^停', '^闭嘴', '^(不要说了)', '^(够了)'],
    examples: ['停止', '别说了'],
  },
  {
    intent: 'cancel',
    templates: ['取消[~^(它|掉)]', '算了', '不用了', '^没事[了]'],
    examples: ['取消', '算了', '不用了'],
  },
  {
    intent: 'repeat',
    templates: ['再说一(遍|次)', '重复[~一遍]', '你[刚才]说什么', '^重复一下', '^没听清[楚]'],
    examples: ['再说一遍', '你刚才说什么', '重复一遍'],
  },
  {
    intent: 'help',
    templates: [
      '你(会|能|可以)(做|说|干)什么',
      '我(能|可以)(问|说)[你]什么',
      '^帮助',
      '^(你会什么)',
      '^(你有什么功能)',
    ],
    examples: ['你会做什么', '我可以说什么', '你能干什么'],
  },
  {
    intent: 'who_are_you',
    templates: ['你是谁', '你叫什么[~名字]', '^(你是什么)', '^(介绍一下你自己)', '^(自我介绍[一下])'],
    examples: ['你是谁', '你叫什么名字'],
  },
  {
    intent: 'who_made_you',
    templates: [
      '谁(做|造|制造)[~了]你',
      '是谁(做|造|制造|^开发)[了]你的',
      '^(谁(开发|创造)了你)',
      '^(你是谁(做|造|制造|开发)的)',
    ],
    examples: ['谁制造了你', '你是谁做的'],
  },
  { intent: 'are_you_human', templates: ['你是(机器人|人|真人|电脑|^人工智能)吗'], examples: ['你是机器人吗'] },
  {
    intent: 'privacy',
    templates: [
      '你在(听|录音|偷听)吗',
      '你会录音吗',
      '你在(录我|听我)说话吗',
      '^(你[会](记录|保存)我[的]说(话|的话)吗)',
      '^(我的(声音|录音|数据)去哪[儿|里]了)',
    ],
    examples: ['你在听吗', '你会录音吗', '你在录音吗'],
  },
  { intent: 'hello', templates: ['你好[~小智]', '^您好', '^嗨', '下午好', '晚上好'], examples: ['你好', '下午好'] },
  {
    intent: 'how_are_you',
    templates: ['你好吗', '你今天怎么样', '^(你怎么样)', '^最近怎么样'],
    examples: ['你好吗', '你今天怎么样'],
  },
  { intent: 'thanks', templates: ['谢谢[~你]', '^多谢', '^非常感谢', '^感谢'], examples: ['谢谢', '谢谢你'] },
  { intent: 'goodbye', templates: ['再见', '^拜拜', '^回头见'], examples: ['再见', '拜拜'] },
  { intent: 'good_morning', templates: ['早上好', '^早安', '^早'], examples: ['早上好'] },
  { intent: 'good_night', templates: ['晚安'], examples: ['晚安'] },
  {
    intent: 'joke',
    templates: ['[给我]讲[一]个笑话', '[再]讲[一]个笑话', '^(说[一]个笑话)'],
    examples: ['讲个笑话', '给我讲一个笑话', '再讲一个笑话'],
  },
  { intent: 'coin', templates: ['(抛|掷|^扔)[一]个硬币', '^(抛|掷)硬币'], examples: ['抛个硬币'] },
  { intent: 'dice', templates: ['(掷|扔|^摇)[一]个骰子', '^(掷|扔|摇)骰子'], examples: ['掷个骰子'] },
  {
    intent: 'not_connected',
    templates: [
      '(今天|明天|^后天|^现在)[的]{service:weather}[~怎么样|^如何|^预报]',
      '{service:weather}(怎么样|^预报)',
      '^{service:weather}',
      '(今天|明天)(会下雨|下雨)[~吗]',
      '(打开|关闭|关掉|开|关)[<room>][的]{service}',
      '(把|^将)[<room>][的]{service}(打开|关掉|关闭|^开|^关)',
      '(播放|停止播放|放)[^一点|^首|^一首]{service}',
      '停止播放',
    ],
    examples: [
      '今天天气',
      '明天天气怎么样',
      '打开卧室灯',
      '关闭客厅电视',
      '播放音乐',
      '停止播放',
      '关窗帘',
      '打开空调',
      '把客厅的灯关掉',
    ],
  },
  {
    intent: 'answer_duration',
    templates: ['{duration}', '^({duration}[之|以]后)'],
    examples: ['十分钟', '一个半小时', '90秒', '半个小时后'],
  },
  { intent: 'answer_time', templates: ['[{day}]{time}'], examples: ['七点半', '明天早上八点', '15:30'] },
  {
    intent: 'answer_change',
    templates: ['^(<correction>{duration})', '^(<correction>[{day}]{time})'],
    examples: ['不对，十五分钟', '改成十分钟', '改到八点半'],
  },
  {
    intent: 'answer_more',
    templates: [
      '^([<timer>][再|多]加{duration})',
      '^(再(来|等){duration})',
      '^([<timer>]延长{duration})',
      '^([给]{label}<timer>([再|多]加|延长){duration})',
    ],
    examples: ['再加五分钟', '延长十分钟'],
  },
  { intent: 'answer_city', templates: ['^([那]{city}[现在]~呢)'], examples: ['那纽约呢', '伦敦呢？'] },
  { intent: 'answer_ordinal', templates: ['{ordinal}'], examples: ['第一个', '最后一个'] },
  { intent: 'answer_all', templates: ['全部[~都取消]', '^都取消', '^所有', '^全都取消'], examples: ['全部'] },
  {
    intent: 'answer_yes',
    templates: ['好的', '^好', '^是[的]', '^对', '^可以', '^行', '^要'],
    examples: ['好的', '是的'],
  },
  { intent: 'answer_no', templates: ['不要', '^不', '^不是', '^不行'], examples: ['不要'] },
  {
    intent: 'answer_label',
    templates: ['{label:known_label}的那个', '{label:known_label}计时器'],
    examples: ['面条的那个', '鸡蛋计时器'],
  },
]
