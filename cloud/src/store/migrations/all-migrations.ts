import { firstTables } from './0001-first-tables.ts'
import { peopleAndHomes } from './0002-people-and-homes.ts'
import { claimCodes } from './0003-claim-codes.ts'
import { idempotencyKeys } from './0004-idempotency-keys.ts'
import { firmware } from './0005-firmware.ts'
import { whatATokenGives } from './0006-what-a-token-gives.ts'
import { soundsAndHowLong } from './0007-sounds-and-how-long.ts'
import { whatASpeakerWasCalled } from './0008-what-a-speaker-was-called.ts'
import { whatWentWrong } from './0009-what-went-wrong.ts'
import { whatOthersMustReadAgain } from './0010-what-others-must-read-again.ts'
import { inTheOrderOfLists } from './0011-in-the-order-of-lists.ts'
import { asOnTheFirstDay } from './0012-as-on-the-first-day.ts'
import type { Migration } from './migration.ts'

/** Every step in order, numbered from 1 without a gap. */
export const allMigrations: readonly Migration[] = [
  firstTables,
  peopleAndHomes,
  claimCodes,
  idempotencyKeys,
  firmware,
  whatATokenGives,
  soundsAndHowLong,
  whatASpeakerWasCalled,
  whatWentWrong,
  whatOthersMustReadAgain,
  inTheOrderOfLists,
  asOnTheFirstDay,
]
