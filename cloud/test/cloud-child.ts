import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { systemClock } from '@mynah/shared/time/clock.ts'
import {
  deriveDeviceSecret,
  enrolAnswerSchema,
  enrolmentProof,
  newNonce,
  parseEnrolmentToken,
} from '@mynah/shared/wire/enrolment.ts'
import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import { connectAsync } from 'mqtt'
import * as v from 'valibot'
import type { Command } from '../src/commands/command.ts'
import { makeEnrolmentToken } from '../src/commands/enrolment-token.ts'

/** The real cloud as a child process on free ports, for tests of the whole. */
export const cloudProgram = fileURLToPath(new URL('../../scripts/run-cloud.mjs', import.meta.url))

const readySchema = v.object({
  ready: v.literal(true),
  http_url: v.string(),
  mqtt_url: v.string(),
  udp: v.array(v.string()),
  setup_url: v.optional(v.string()),
  speech_address: v.string(),
})

export type CloudChild = {
  readonly child: ChildProcess
  readonly ready: v.InferOutput<typeof readySchema>
  readonly exited: Promise<number | null>
  readonly output: () => string
}

export const startChild = async (dataDir: string, extra: readonly string[] = []): Promise<CloudChild> => {
  const ports = ['--http-port', '0', '--mqtt-port', '0', '--udp-port', '0', '--host', '127.0.0.1']
  const child = spawn(process.execPath, [cloudProgram, 'serve', '--json', '--data-dir', dataDir, ...ports, ...extra], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const exited = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null))
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line))
  const ready = await new Promise<CloudChild['ready']>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      const parsed = v.safeParse(readySchema, JSON.parse(line))
      if (parsed.success) resolve(parsed.output)
    })
    exited.then((code) => reject(new Error(`the cloud ended with ${code}:\n${lines.join('\n')}`))).catch(reject)
  })
  return { child, ready, exited, output: () => lines.join('\n') }
}

/** Runs a command of the cloud to its end. */
export const runCommand = async (
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> => {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [cloudProgram, ...args])) }
  } catch (error) {
    const failed = v.parse(v.object({ code: v.number(), stdout: v.string(), stderr: v.string() }), error)
    return { code: failed.code, stdout: failed.stdout, stderr: failed.stderr }
  }
}

/** Runs a short command of the cloud inside this process. */
export const callCommand = async (command: Command, args: readonly string[]) => {
  const lines: string[] = []
  const complaints: string[] = []
  const code = await command({
    args,
    env: {},
    clock: systemClock,
    program: { mainPath: cloudProgram, nodeOptions: [] },
    exportToChildren: () => {},
    print: (line) => lines.push(line),
    printError: (line) => complaints.push(line),
    signal: new AbortController().signal,
  })
  return { code, stdout: lines.join('\n'), stderr: complaints.join('\n') }
}

/** Enrols with this token and connects as that speaker. */
export const joinWithToken = async (httpUrl: string, tokenText: string, deviceId: string) => {
  const token = parseEnrolmentToken(tokenText)
  if (!token.ok) throw new Error(token.error.message)
  const { tokenId, secret } = token.value
  const deviceNonce = newNonce()
  const proof = enrolmentProof(secret, { tokenId, deviceId, deviceNonce })
  const response = await fetch(`${httpUrl}/api/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ v: 1, token_id: tokenId, device_id: deviceId, device_nonce: deviceNonce, proof }),
  })
  const answer = v.parse(enrolAnswerSchema, await response.json())
  const deviceSecret = deriveDeviceSecret(secret, { deviceId, deviceNonce, cloudNonce: answer.cloud_nonce })
  const mqtt = await connectAsync(answer.mqtt.url, {
    username: deviceId,
    password: mqttPasswordOf(deviceSecret),
    clientId: deviceId,
    reconnectPeriod: 0,
  })
  mqtt.on('error', () => {})
  return { answer, deviceSecret, mqtt, password: mqttPasswordOf(deviceSecret) }
}

/** Enrols with a fresh token and connects as that speaker. */
export const enrolAndConnect = async (cloud: CloudChild, dataDir: string, deviceId: string) => {
  const { stdout } = await callCommand(makeEnrolmentToken, ['--name', deviceId, '--data-dir', dataDir])
  return joinWithToken(cloud.ready.http_url, stdout, deviceId)
}
