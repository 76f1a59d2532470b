/**
 * The wake words that come with a speaker and need no file of the owner's: from the name in configuration and messages to the words as
 * they are spoken. All are English, and what English commands begin with.
 */
export const builtInWords: ReadonlyMap<string, string> = new Map([
  ['hey_jarvis', 'hey jarvis'],
  ['alexa', 'alexa'],
  ['hey_mycroft', 'hey mycroft'],
  ['hey_rhasspy', 'hey rhasspy'],
])
