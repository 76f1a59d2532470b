import type { IntentTemplates } from './definition.ts'

/** Loudness and sums. */
export const englishVolume: readonly IntentTemplates[] = [
  {
    intent: 'volume_set',
    templates: [
      '(set|turn|change) the volume to {level} [~percent]',
      'volume {level} [percent]',
      'set volume to {level} [~percent]',
      '(turn|set) it to {level} percent',
      '^(volume to {level} [percent])',
      '^({level} volume)',
    ],
    examples: ['set the volume to fifty percent', 'set the volume to 30%', 'volume 5', 'set volume to twenty'],
  },
  {
    intent: 'volume_up',
    templates: [
      'turn (it|the volume) up [a [little] bit|~more|^(a little)]',
      'turn up the volume [~more]',
      'volume up',
      '^louder',
      'speak up',
      'make it louder',
      '^(a (bit|little) louder)',
      '^(increase the volume)',
    ],
    examples: ['turn it up', 'volume up', 'turn the volume up a bit', 'louder'],
  },
  {
    intent: 'volume_down',
    templates: [
      'turn (it|the volume) down [a [little] bit|~more|^(a little)]',
      'turn down the volume [~more]',
      'volume down',
      '^([be] quieter)',
      '^softer',
      'make it quieter',
      '^(a (bit|little) quieter)',
      '^((decrease|lower) the volume)',
    ],
    examples: ['turn it down', 'volume down', 'turn the volume down a little bit'],
  },
  {
    intent: 'volume_mute',
    templates: [
      'mute the (sound|volume|speaker)',
      '^mute',
      '^(mute (it|yourself))',
      'turn off the (sound|volume)',
      '^(be quiet)',
    ],
    examples: ['mute the sound', 'mute'],
  },
  {
    intent: 'volume_unmute',
    templates: ['turn the (sound|volume) [back] on', 'turn on the sound', '^unmute [^(the (sound|volume|speaker))]'],
    examples: ['turn the sound back on', 'unmute'],
  },
  {
    intent: 'volume_ask',
    templates: ['<whats> the volume', 'how loud (is it|are you)', '^(<whats> your volume)'],
    examples: ["what's the volume", 'how loud are you'],
  },
]

export const englishSums: readonly IntentTemplates[] = [
  {
    intent: 'percent_of',
    templates: ['[<whats>|how much is|^calculate] {a:number} percent of {b:number}'],
    examples: ['what is fifteen percent of two hundred', "what's 7.5% of 1,200"],
  },
  {
    intent: 'square_root',
    templates: ['[<whats>] the square root of {a:number}', '^(square root of {a:number})'],
    examples: ['what is the square root of one hundred and forty four', 'square root of 2'],
  },
  {
    intent: 'power',
    templates: [
      '(<whats>|how much is|^calculate) {a:number} {power}',
      '(<whats>|how much is|^calculate) {a:number} to the power of {b:number}',
      '^({a:number} {power})',
      '^({a:number} to the power of {b:number})',
    ],
    examples: ['what is twelve squared', 'what is two to the power of ten', '2^10'],
  },
  {
    intent: 'convert',
    templates: [
      '(convert|<whats>|how much is|^change) {a:amount} {from:unit} (in|to|into) {to:unit}',
      'how many {to:unit} (are|is) [there] [in] {a:amount} {from:unit}',
      'how many {to:unit} in {a:amount} {from:unit}',
      '^({a:amount} {from:unit} (in|to|into) {to:unit})',
      '^((convert|<whats>) {a:amount} degrees (in|to) {to:unit})',
    ],
    examples: [
      'convert ten miles to kilometers',
      'how many cups are in a gallon',
      "what's 72°F in celsius",
      'how many grams in two pounds',
      '100 km/h in mph',
      'what is five feet in centimeters',
    ],
  },
  {
    intent: 'arithmetic',
    templates: [
      '(<whats>|how much is|^calculate) {a:number} {op:operator} {b:number} [^({op2:operator} {c:number})]',
      '^({a:number} {op:operator} {b:number} [{op2:operator} {c:number}] [equals])',
      '^({op:verb} {a:number} (and|by|to) {b:number})',
      '^({op:taking} {b:number} from {a:number})',
    ],
    examples: [
      'what is twelve times seven',
      "what's 2 + 2?",
      'how much is one hundred divided by eight',
      '12345 * 3',
      'what is 2 plus 3 times 4',
      'multiply 6 by 7',
      'subtract 3 from 10',
    ],
  },
]
