/** What is said to the recogniser, and whether its grammar has it. */
export type Utterance = {
  readonly set: string
  readonly isCommand: boolean
  readonly jsgf: string
  /** 16 kHz mono. */
  readonly samples: Int16Array
}
