import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import type { BrokerClient } from '../../src/broker/broker-client.ts'
import type { DropCount } from '../../src/broker/drop-count.ts'
import { connectExternalBroker } from '../../src/broker/external.ts'
import { mosquittoAcl, mosquittoConf, mosquittoPasswords } from '../../src/broker/mosquitto-files.ts'
import { freePort } from '../../src/supervise/free-port.ts'
import { temporaryFolder } from '../temporary-store.ts'

export type StartedMosquitto = {
  /** The cloud's own connection. */
  readonly broker: BrokerClient
  readonly url: string
  readonly pid: number | undefined
  readonly stop: () => Promise<void>
}

const host = '127.0.0.1'
const mosquittoBinary = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto'].find(existsSync)
/** Why the external broker is not tested here; undefined when it is. */
export const externalSkipReason = mosquittoBinary ? undefined : 'no mosquitto on this machine (Debian: mosquitto)'

const connectWhenUp = async (connect: () => Promise<BrokerClient>): Promise<BrokerClient> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await connect()
    } catch (error) {
      if (attempt > 40) throw error
      await systemClock.sleep(50)
    }
  }
}

/** A Mosquitto with the files that the cloud writes for one, in a folder of its own. It does not outlive this process. */
export const startMosquitto = async ({
  devices,
  drop,
}: {
  readonly devices: readonly { readonly deviceId: string; readonly secret: Uint8Array }[]
  readonly drop: DropCount
}): Promise<StartedMosquitto> => {
  const { path: folder, remove } = temporaryFolder()
  const port = await freePort(host)
  const cloud = { username: 'mynah-cloud', password: 'a long password' }
  writeFileSync(join(folder, 'passwords'), mosquittoPasswords({ cloud, devices }), { mode: 0o644 })
  writeFileSync(join(folder, 'acl'), mosquittoAcl(cloud.username), { mode: 0o644 })
  writeFileSync(join(folder, 'conf'), `listener ${port} ${host}\nuser root\n${mosquittoConf(folder)}`)
  execFileSync('chmod', ['755', folder])
  const child = spawn(mosquittoBinary ?? '', ['-c', join(folder, 'conf')], { stdio: 'ignore' })
  const kill = () => void child.kill()
  process.once('exit', kill)
  const url = `mqtt://${host}:${port}`
  const broker = await connectWhenUp(() => connectExternalBroker({ log: silentLog, drop, url, ...cloud }))
  return {
    broker,
    url,
    pid: child.pid,
    stop: async () => {
      await broker.close()
      const exited = once(child, 'exit')
      kill()
      await exited
      process.off('exit', kill)
      remove()
    },
  }
}
