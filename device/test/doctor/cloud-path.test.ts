import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, it } from 'vitest'
import { examineCloudPath } from '../../src/doctor/cloud-path.ts'
import { MqttRefusedError } from '../../src/link/connect.ts'
import { createScriptedCloud, type ScriptedCloud } from '../runtime/scripted-cloud.ts'

const deviceSecret = new Uint8Array(32).fill(7)
const identity = { deviceId: 'kitchen', deviceSecret, cloudUrl: 'http://cloud.test', mqttUrl: 'mqtt://cloud.test' }

const examine = async (prepare: (cloud: ScriptedCloud) => void) => {
  const clock = createManualClock()
  const cloud = createScriptedCloud({ clock, deviceId: 'kitchen', deviceSecret })
  prepare(cloud)
  const examining = examineCloudPath({ clock, identity, network: cloud.network })
  let done = false
  void examining.then(() => {
    done = true
  })
  for (let passedMs = 0; !done && passedMs < 20_000; passedMs += 20) await clock.advance(20)
  return { path: await examining, cloud }
}

describe('the way to the cloud', () => {
  it('is good when a sealed probe is answered, and leaves no open session', async () => {
    const { path, cloud } = await examine(() => {})
    expect(path).toMatchObject({ broker: 'reached', udp: { type: 'passes' } })
    expect(cloud.of('session_end')).toMatchObject([{ reason: 'cancelled' }])
  })
  it('knows a network that lets no UDP pass', async () => {
    const { path } = await examine((cloud) => cloud.cutUdp())
    expect(path).toEqual({ broker: 'reached', udp: { type: 'blocked' } })
  })
  it('knows a cloud that is not there, and one that does not know this speaker', async () => {
    const { path } = await examine((cloud) => cloud.breakBroker())
    expect(path).toEqual({ broker: 'unreachable', udp: { type: 'not_tried' } })
    const clock = createManualClock()
    const network = {
      connectMqtt: () => Promise.reject(new MqttRefusedError(new Error('bad password'))),
      connectUdp: () => Promise.reject(new Error('not asked')),
    }
    expect(await examineCloudPath({ clock, identity, network })).toMatchObject({ broker: 'refused' })
  })
})
