import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { mosquittoAcl, mosquittoConf, mosquittoPasswords } from '../broker/mosquitto-files.ts'
import { type Command, exitCode, takeOptions } from './command.ts'
import { withStore } from './with-store.ts'

/** `broker-files --out FOLDER`: what a Mosquitto of one's own needs to know of the enrolled speakers. Run again after an enrolment. */
export const writeBrokerFiles: Command = async (context) => {
  const { values, rest } = takeOptions(context.args, { withValue: ['--out'], alone: [] })
  const out = values.get('--out')
  if (!out) {
    context.printError('--out: nothing is not allowed. Allowed: a folder to write passwords, acl and mosquitto.conf to')
    return exitCode.usage
  }
  return withStore(context, rest, (store, config) => {
    const folder = resolve(out)
    mkdirSync(folder, { recursive: true })
    const cloud = {
      username: config.mqtt_username,
      password: config.mqtt_password ?? randomBytes(24).toString('base64url'),
    }
    const devices = store.devices.list().filter(({ revoked }) => !revoked)
    writeFileSync(join(folder, 'passwords'), mosquittoPasswords({ cloud, devices }), { mode: 0o640 })
    writeFileSync(join(folder, 'acl'), mosquittoAcl(cloud.username), { mode: 0o640 })
    writeFileSync(join(folder, 'mosquitto.conf'), mosquittoConf(folder), { mode: 0o644 })
    context.print(folder)
    if (config.mqtt_password === undefined) {
      context.print(`MYNAH_MQTT_USERNAME=${cloud.username} MYNAH_MQTT_PASSWORD=${cloud.password}`)
    }
    return exitCode.ok
  })
}
