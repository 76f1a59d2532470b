import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@mynah/shared/log/log.ts'
import { deviceIdSchema, languageSchema } from '@mynah/shared/wire/topics.ts'
import * as v from 'valibot'
import { createJsonFile, removeJsonFile } from '../store/json-file.ts'
import { nearMissFolderName } from '../wake/near-miss-folder.ts'
import { ownWordsFileName } from '../wake/own-words-file.ts'

const base64url = (characters: number) => v.pipe(v.string(), v.regex(new RegExp(`^[A-Za-z0-9_-]{${characters}}$`)))

const pendingSchema = v.object({
  code: v.pipe(v.string(), v.regex(/^\d{6}$/)),
  poll_token: base64url(43),
  /** The id under which it was asked for, and the nonce of its enrolment: one that was cut off is then taken up again. */
  device_id: deviceIdSchema,
  device_nonce: base64url(22),
})
export type PendingClaim = v.InferOutput<typeof pendingSchema>

const storedSchema = v.object({
  v: v.literal(1),
  cloud_url: v.string(),
  language: languageSchema,
  pending: v.optional(pendingSchema),
  /** An owner has parted from this speaker: what was theirs is still to be removed. */
  released: v.optional(v.boolean()),
})
export type ClaimState = v.InferOutput<typeof storedSchema>

const ownersFiles = ['config.json', 'schedule.json', 'volume.json', 'ears.json', ownWordsFileName]

/** What a speaker without an owner knows: its cloud, its language, and the code that it says. Readable by its user only. */
export const createClaimFile = (storeDir: string, log: Log) => {
  const path = join(storeDir, 'claim.json')
  const file = createJsonFile({ path, schema: storedSchema, log, mode: 0o600 })
  /** Removes settings, timers and habits of the owner before. */
  const forgetOwner = async () => {
    for (const name of ownersFiles) await removeJsonFile(join(storeDir, name))
    await rm(join(storeDir, nearMissFolderName), { recursive: true, force: true })
  }
  return {
    read: file.read,
    write: (state: Omit<ClaimState, 'v'>) => file.write({ v: 1, ...state }),
    forgetOwner,
    /** There is an owner, or another cloud to ask for one. */
    end: async () => {
      if ((await file.read())?.released) await forgetOwner()
      await rm(path, { force: true })
    },
  }
}

export type ClaimFile = ReturnType<typeof createClaimFile>
