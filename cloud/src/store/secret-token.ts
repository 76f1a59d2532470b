import { createHash, randomBytes } from 'node:crypto'

/** A new secret of 32 random bytes, base64url: 43 characters. Whoever keeps it keeps only its hash. */
export const newSecretToken = (): string => randomBytes(32).toString('base64url')

/** Looked up by hash: neither a leak of the table nor the time of a look-up helps to guess a token. */
export const secretTokenHash = (token: string): Uint8Array => createHash('sha256').update(token).digest()

/** 12 random bytes, base64url: 16 characters. Not secret. */
export const newRecordId = (): string => randomBytes(12).toString('base64url')
