import type { IntentTemplates } from './definition.ts'

/** Control words, small talk, what is not connected, and answers to the questions that skills ask. */
export const englishTalk: readonly IntentTemplates[] = [
  {
    intent: 'stop',
    templates: ['stop [~it]', '^(shut up)', '^(stop (talking|playing|that))', 'stop talking', "^(that's enough)"],
    examples: ['stop', 'stop talking'],
  },
  {
    intent: 'cancel',
    templates: ['cancel [~that|~^it]', 'never mind', 'forget it', '^nevermind'],
    examples: ['cancel', 'never mind', 'forget it'],
  },
  {
    intent: 'repeat',
    templates: [
      'repeat [that|~(the last answer)]',
      'say (that|it) again',
      'what did you say',
      '^(come again)',
      '^(pardon [me])',
      '^again',
    ],
    examples: ['repeat', 'repeat that please', 'say that again', 'what did you say'],
  },
  {
    intent: 'help',
    templates: [
      'what can you (do|say)',
      'what can i (say|ask) [~you]',
      'help me',
      '^help',
      '^(what do you (do|understand|know))',
    ],
    examples: ['what can you do', 'what can i say', 'help'],
  },
  {
    intent: 'who_are_you',
    templates: ['who are you', '<whats> your name', '^(what are you)', '^(introduce yourself)'],
    examples: ['who are you', "what's your name"],
  },
  {
    intent: 'who_made_you',
    templates: ['who (made|built|created) you', '^(who [do] you (work for|belong to))'],
    examples: ['who made you'],
  },
  {
    intent: 'are_you_human',
    templates: ['are you (a robot|a computer|a person|human|real|^alive|^(an ai))'],
    examples: ['are you a robot', 'are you human'],
  },
  {
    intent: 'privacy',
    templates: [
      'are you (listening|recording) [to] [~me]',
      'are you (listening to|recording|^spying on) me',
      'do you (record|keep|store|listen to) (me|everything|^(what i say)|my voice)',
      'where (does|do) my (voice|words|^recordings|^data) go',
      '^(is anyone listening)',
    ],
    examples: ['are you listening', 'are you recording me', 'do you record everything', 'where does my voice go'],
  },
  {
    intent: 'hello',
    templates: ['hello [~there|~jarvis]', '^hi [^there]', 'good (afternoon|evening)'],
    examples: ['hello', 'hi', 'good evening'],
  },
  {
    intent: 'how_are_you',
    templates: ['how are you [~(doing|today)]', "how's it going", '^(how do you (do|feel))'],
    examples: ['how are you', "how's it going"],
  },
  {
    intent: 'thanks',
    templates: ['thank you [~(very much|so much)]', 'thanks [~a lot]', '^cheers'],
    examples: ['thank you', 'thanks a lot'],
  },
  {
    intent: 'goodbye',
    templates: ['goodbye', '^(good bye)', 'see you [~later]', '^bye [^bye]'],
    examples: ['goodbye', 'bye', 'see you later'],
  },
  { intent: 'good_morning', templates: ['good morning'], examples: ['good morning'] },
  { intent: 'good_night', templates: ['good night', '^goodnight'], examples: ['good night'] },
  {
    intent: 'joke',
    templates: ['tell me (a|another) joke', '^(make me laugh)', '^(do you know a joke)'],
    examples: ['tell me a joke', 'tell me another joke'],
  },
  { intent: 'coin', templates: ['(flip|toss) a coin', '^(heads or tails)'], examples: ['flip a coin'] },
  {
    intent: 'dice',
    templates: ['roll (a|the) dice', '^(roll a die)', '^(throw (a|the) dice)'],
    examples: ['roll the dice', 'roll a die'],
  },
  {
    intent: 'not_connected',
    templates: [
      "(<whats>|how is|how's) the {service} [~like] [~(today|tomorrow|outside)]",
      'turn (on|off) the [<room>] {service}',
      'turn the [<room>] {service} (on|off)',
      '(play|stop the) [some] {service}',
      '(open|close) the {service}',
      'will it rain [~(today|tomorrow)]',
      '^(is it (going to rain|raining|cold|warm|hot) [outside] [today|tomorrow])',
    ],
    examples: [
      "what's the weather like today",
      'turn on the kitchen lights',
      'turn the tv off',
      'play some music',
      'close the curtains',
      'will it rain tomorrow',
    ],
  },
  {
    intent: 'answer_duration',
    templates: ['[for|^in] {duration} [^<with_label>]'],
    examples: ['ten minutes', 'for an hour and a half', '90 seconds'],
  },
  { intent: 'answer_ordinal', templates: ['the {ordinal} [~one]'], examples: ['the first one', 'the last one'] },
  {
    intent: 'answer_all',
    templates: ['all of them', '^all', '^everything', '^both'],
    examples: ['all of them', 'all'],
  },
  {
    intent: 'answer_yes',
    templates: ['yes please', '^yes', '^yeah', '^yep', '^sure', '^okay', '^(do it)'],
    examples: ['yes please', 'yes'],
  },
  {
    intent: 'answer_no',
    templates: ['no thanks', '^(no [thank you])', '^nope', "^(no i (do not|don't))"],
    examples: ['no thanks', 'no'],
  },
  {
    intent: 'answer_time',
    templates: ['at {time} [{day}]', '{time:full_time} [{day}]', '^({day} at {time})'],
    examples: ['at seven thirty', '7:30 pm', 'half past six'],
  },
  {
    intent: 'answer_change',
    templates: ['^(<correction> [for|in] {duration})', '^(<correction> [for|at] ({day} at {time}|{time} [{day}]))'],
    examples: ['no, ten minutes', 'make it fifteen minutes', 'sorry, I meant eight thirty'],
  },
  {
    intent: 'answer_more',
    templates: [
      '^(add {duration} [to (it|that|(my|the) [{label}] timer)])',
      '^((another|plus) {duration})',
      '^({duration} more|{duration:more_duration})',
    ],
    examples: ['add five minutes', 'add a minute to the timer', 'five more minutes', 'ten minutes more'],
  },
  {
    intent: 'answer_city',
    templates: ['^((what|how) about [in] {city})', '^([in] {city})'],
    examples: ['and in Tokyo?', 'what about Paris', 'how about in New York'],
  },
  { intent: 'answer_label', templates: ['the {label} (one|timer)'], examples: ['the pasta one', 'the pizza timer'] },
]
