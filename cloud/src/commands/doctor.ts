import { existsSync, statSync } from 'node:fs'
import { createJsonLog } from '@mynah/shared/log/log.ts'
import { hostInUrl } from '@mynah/shared/wire/url-host.ts'
import * as v from 'valibot'
import type { CloudConfig } from '../config.ts'
import { holderOfPort } from '../gateway/port-taken.ts'
import { completionsUrl } from '../providers/llm/openai-compatible.ts'
import { listensEverywhere } from '../public-host.ts'
import { masterKeyPath, openStore } from '../store/open-store.ts'
import { type Command, type CommandContext, exitCode } from './command.ts'
import { configOrComplain } from './with-store.ts'

type Finding = { readonly level: 'good' | 'note' | 'bad'; readonly text: string }

const good = (text: string): Finding => ({ level: 'good', text })
const note = (text: string): Finding => ({ level: 'note', text })
const bad = (text: string): Finding => ({ level: 'bad', text })

const checkStore = (context: CommandContext, config: CloudConfig): Finding[] => {
  const log = createJsonLog({ clock: context.clock, writeLine: context.printError, minLevel: 'error' })
  try {
    const store = openStore({ dataDir: config.data_dir, clock: context.clock, log })
    const healthy = store.db.pragma('quick_check', { simple: true }) === 'ok'
    const devices = store.devices.list().filter(({ revoked }) => !revoked).length
    const version = store.schemaVersion()
    store.close()
    return [
      healthy
        ? good(`database whole, schema version ${version}`)
        : bad('the database is damaged: restore a copy from backups/'),
      devices > 0
        ? good(`${devices} speakers enrolled`)
        : note('no speaker enrolled yet: npm run cloud -- enrolment-token'),
    ]
  } catch (error) {
    return [bad(error instanceof Error ? error.message : String(error))]
  }
}

const checkKeyFile = ({ data_dir }: CloudConfig): Finding[] => {
  const path = masterKeyPath(data_dir)
  if (!existsSync(path)) return []
  const readableByOthers = (statSync(path).mode & 0o077) !== 0
  return [readableByOthers ? bad(`${path} can be read by others: chmod 600 it`) : good('the master key is private')]
}

const checkPort = (port: number, protocol: 'tcp' | 'udp', purpose: string): Finding[] => {
  if (port === 0) return []
  const holder = holderOfPort(port, protocol)
  const where = `${protocol.toUpperCase()} port ${port} (${purpose})`
  return [holder === undefined ? good(`${where} is free`) : note(`${where} is held by ${holder}`)]
}

const healthSchema = v.object({
  parts: v.array(
    v.object({
      name: v.string(),
      ready: v.boolean(),
      detail: v.string(),
      facts: v.optional(v.record(v.string(), v.union([v.string(), v.number()]))),
    }),
  ),
})

const findingsOf = ({ parts }: v.InferOutput<typeof healthSchema>): Finding[] =>
  parts.flatMap(({ name, ready, detail, facts }) => [
    ready ? good(`running: ${name} (${detail})`) : bad(`running: ${name} is not ready (${detail})`),
    ...(Number(facts?.restarts) > 0
      ? [note(`running: ${name} was started again ${facts?.restarts} times; the log says why`)]
      : []),
  ])

/** The parts of a cloud that holds the port already. */
const checkRunning = async ({ host, http_port: port }: CloudConfig): Promise<Finding[]> => {
  if (port === 0 || holderOfPort(port, 'tcp') === undefined) return []
  const reachable = listensEverywhere(host) ? '127.0.0.1' : host
  try {
    const answer = await fetch(`http://${hostInUrl(reachable)}:${port}/health/ready`, {
      signal: AbortSignal.timeout(3_000),
    })
    const health = v.safeParse(healthSchema, await answer.json())
    return health.success ? findingsOf(health.output) : []
  } catch {
    return [note(`what holds TCP port ${port} does not answer as a cloud does`)]
  }
}

const checkChinese = ({ zh_model_dir: folder }: CloudConfig): Finding[] => {
  if (folder === undefined) return [note('no Chinese recogniser: set --zh-model-dir to a pocketsphinx model folder')]
  return [
    existsSync(folder)
      ? good(`Chinese model folder ${folder}`)
      : bad(`the Chinese model folder ${folder} does not exist`),
  ]
}

const checkLanguageModel = async ({
  llm_url: url,
  llm_api_key: key,
  llm_gguf: gguf,
}: CloudConfig): Promise<Finding[]> => {
  if (gguf !== undefined) return [existsSync(gguf) ? good(`language model ${gguf}`) : bad(`${gguf} does not exist`)]
  if (url === undefined) return [note('no language model connected: set --llm-url and --llm-model')]
  try {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
    const answer = await fetch(completionsUrl(url).replace(/chat\/completions$/, 'models'), {
      headers,
      signal: AbortSignal.timeout(3_000),
    })
    return [
      answer.ok ? good(`the language model at ${url} answers`) : bad(`${url} answers with status ${answer.status}`),
    ]
  } catch {
    return [bad(`the language model at ${url} cannot be reached`)]
  }
}

/** `doctor`: what is wrong with the installation, in sentences. Exit code 1 when something must be mended. */
export const examine: Command = async (context) => {
  const config = configOrComplain(context, context.args)
  if (!config) return exitCode.usage
  const findings = [
    ...checkStore(context, config),
    ...checkKeyFile(config),
    ...checkPort(config.http_port, 'tcp', 'web pages and API'),
    ...(config.mqtt_url === undefined ? checkPort(config.mqtt_port, 'tcp', 'MQTT') : []),
    ...checkPort(config.udp_port, 'udp', 'sound'),
    ...(await checkRunning(config)),
    ...checkChinese(config),
    ...(await checkLanguageModel(config)),
  ]
  const marks = { good: 'ok  ', note: 'note', bad: 'BAD ' }
  for (const { level, text } of findings) context.print(`${marks[level]} ${text}`)
  return findings.some(({ level }) => level === 'bad') ? exitCode.failed : exitCode.ok
}
