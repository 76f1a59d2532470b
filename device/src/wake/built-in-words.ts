/** Words that need no file of the owner's; all are English. */
export const builtInWords: readonly string[] = ['hey_jarvis', 'alexa', 'hey_mycroft', 'hey_rhasspy']
