import type { IntentTemplates } from './definition.ts'

/** Loudness and sums. */
export const chineseVolume: readonly IntentTemplates[] = [
  {
    intent: 'volume_set',
    templates: [
      '(音量|声音)(调到|设为|设到|开到|^调成)[百分之]{level}',
      '把(音量|声音)(调到|设为|开到)[百分之]{level}',
      '^(音量[百分之]{level})',
    ],
    examples: ['音量调到五十', '把声音调到百分之三十', '音量调到30%', '音量设为二十'],
  },
  {
    intent: 'volume_up',
    templates: [
      '(声音|音量)(大|高)[一]点[儿]',
      '(声音|音量)(调大|调高)[一点]',
      '^(大声[一]点[儿])',
      '^([再]大[一]点[儿])',
      '^((声音|音量)太小[了])',
      '(调大|调高|增大)(声音|音量)',
      '^把(声音|音量)(调大|调高)[一点]',
    ],
    examples: ['声音大一点', '调大音量', '大声点'],
  },
  {
    intent: 'volume_down',
    templates: [
      '(声音|音量)(小|低)[一]点[儿]',
      '(声音|音量)(调小|调低)[一点]',
      '^(小声[一]点[儿])',
      '^([再]小[一]点[儿])',
      '^((声音|音量)太大[了])',
      '(调小|调低|减小)(声音|音量)',
      '^把(声音|音量)(调小|调低)[一点]',
    ],
    examples: ['声音小一点', '调低音量', '小声一点'],
  },
  {
    intent: 'volume_mute',
    templates: ['静音', '关(掉|闭)声音', '^(安静[一点])', '^别出声'],
    examples: ['静音', '关掉声音'],
  },
  { intent: 'volume_unmute', templates: ['取消静音', '打开声音', '^恢复声音'], examples: ['取消静音', '打开声音'] },
  {
    intent: 'volume_ask',
    templates: ['音量是多少', '现在音量[^是]多少', '声音有多大', '^(音量多(少|大))'],
    examples: ['音量是多少', '现在音量多少'],
  },
]

export const chineseSums: readonly IntentTemplates[] = [
  {
    intent: 'percent_of',
    templates: ['{b:number}的百分之{a:number}[是多少|等于多少|^等于几]'],
    examples: ['二百的百分之十五是多少', '1200的7.5%是多少'],
  },
  {
    intent: 'square_root',
    templates: ['{a:number}的平方根[是多少|等于多少]', '^(根号{a:number}[是多少|等于多少|等于几])'],
    examples: ['一百四十四的平方根是多少', '根号2等于多少'],
  },
  {
    intent: 'power',
    templates: ['{a:number}的{power}[是多少|等于多少]', '{a:number}的{b:number}次方[是多少|等于多少]'],
    examples: ['十二的平方是多少', '二的十次方等于多少'],
  },
  {
    intent: 'convert',
    templates: [
      '{a:amount}{from:unit}(等于|是|^有|^合)多少{to:unit}',
      '^({a:amount}{from:unit}(换成|换算成|转换成|换算为){to:unit}[是多少])',
      '^(把{a:amount}{from:unit}(换成|换算成|转换成){to:unit})',
    ],
    examples: ['十英里等于多少公里', '100华氏度是多少摄氏度', '把2.5公斤换算成磅', '三斤等于多少克'],
  },
  {
    intent: 'arithmetic',
    templates: [
      '{a:number}{op:operator}{b:number}[^({op2:operator}{c:number})](等于几|等于多少|是多少|^得几)',
      '^({a:number}{op:operator}{b:number}[{op2:operator}{c:number}])',
      '^(计算{a:number}{op:operator}{b:number}[{op2:operator}{c:number}])',
    ],
    examples: ['十二乘以七等于多少', '2+2=?', '一百除以八是多少', '三加五等于几', '12345乘以3'],
  },
]
