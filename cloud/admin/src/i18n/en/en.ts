import { account } from './account.ts'
import { codes } from './codes.ts'
import { conversations } from './conversations.ts'
import { entry } from './entry.ts'
import { firmware } from './firmware.ts'
import { home } from './home.ts'
import { ownWords } from './own-words.ts'
import { problems } from './problems.ts'
import { records } from './records.ts'
import { shell } from './shell.ts'
import { speakers } from './speakers.ts'
import { system } from './system.ts'
import { talk } from './talk.ts'
import { troubles } from './troubles.ts'

/** All texts of the panel. English is the shape: another language that lacks a text does not compile. */
export const en = {
  ...shell,
  entry,
  speakers,
  ownWords,
  conversations,
  talk,
  home,
  system,
  firmware,
  account,
  problems,
  records,
  troubles,
  codes,
}
export type Dictionary = typeof en
