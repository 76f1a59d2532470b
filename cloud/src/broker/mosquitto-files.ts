import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import { fromDevice } from '@mynah/shared/wire/topics.ts'
import type { Role } from '../config.ts'

/** What Mosquitto must know: who may connect, and what each may touch. EMQX takes the same rules with `${username}` for `%u`. */

const iterations = 101

/** One line of a Mosquitto password file: `user:$7$iterations$salt$PBKDF2-HMAC-SHA512` (mosquitto_passwd(1)). */
const passwordLine = (username: string, password: string): string => {
  const salt = randomBytes(12)
  const hash = pbkdf2Sync(password, salt, iterations, 64, 'sha512')
  return `${username}:$7$${iterations}$${salt.toString('base64')}$${hash.toString('base64')}`
}

/** The account of one process of the cloud: with the user name as client id, two processes must not share one. */
export const cloudUsernameOf = (username: string, role: Role): string =>
  role === 'all' ? username : `${username}-${role}`

const cloudUsernames = (username: string): string[] =>
  (['all', 'gateway', 'bridge'] as const).map((role) => cloudUsernameOf(username, role))

type CloudAccount = { readonly username: string; readonly password: string }
type MosquittoAccounts = {
  readonly cloud: CloudAccount
  readonly devices: readonly { readonly deviceId: string; readonly secret: Uint8Array }[]
}

/** For `password_file`. Passwords have 256 random bits, so few iterations are enough. */
export const mosquittoPasswords = ({ cloud, devices }: MosquittoAccounts): string =>
  [
    ...cloudUsernames(cloud.username).map((username) => passwordLine(username, cloud.password)),
    ...devices.map(({ deviceId, secret }) => passwordLine(deviceId, mqttPasswordOf(secret))),
    '',
  ].join('\n')

/** For `acl_file`: the cloud reads and writes all speakers, a speaker writes its own from-device kinds and reads its own topics. */
export const mosquittoAcl = (cloudUsername: string): string =>
  [
    ...cloudUsernames(cloudUsername).flatMap((username) => [`user ${username}`, 'topic readwrite device/#', '']),
    ...Object.keys(fromDevice).map((kind) => `pattern write device/%u/${kind}`),
    'pattern read device/%u/#',
    '',
  ].join('\n')

/**
 * The part of mosquitto.conf that Mynah needs; the client id must be the user name so that a second connection takes over. What is queued
 * for a client has been acknowledged to its sender: the cloud's queue must hold the burst of a whole fleet, whichever bound comes first.
 */
export const mosquittoConf = (folder: string): string =>
  [
    'per_listener_settings false',
    'allow_anonymous false',
    `password_file ${folder}/passwords`,
    `acl_file ${folder}/acl`,
    'use_username_as_clientid true',
    'set_tcp_nodelay true',
    'max_packet_size 36864',
    'max_queued_messages 20000',
    'max_queued_bytes 16777216',
    '',
  ].join('\n')
