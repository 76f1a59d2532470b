import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { expect, test } from 'vitest'
import { eventually } from '../../../test/eventually.ts'
import { programNamed } from '../../../test/requirement.ts'
import { startEmbeddedBroker } from '../../src/broker/embedded.ts'
import { temporaryFolder } from '../temporary-store.ts'
import { connectDevice } from './broker-fixture.ts'

const openssl = programNamed('openssl')

const makeCertificate = (folder: string) => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { key: readFileSync(key), cert: readFileSync(cert) }
}

test.skipIf(!openssl.isMet)(
  openssl.naming('with a certificate speakers connect by TLS and plain text is refused'),
  async () => {
    const folder = temporaryFolder()
    const tls = makeCertificate(folder.path)
    const broker = await startEmbeddedBroker({
      clock: systemClock,
      log: silentLog,
      credentials: { check: () => true },
      drop: () => {},
      host: '127.0.0.1',
      port: 0,
      maxConnections: 10,
      tls,
    })
    const url = broker.deviceUrlAt('127.0.0.1')
    expect(url).toMatch(/^mqtts:/)
    const seen: string[] = []
    broker.onMessage(({ kind }) => seen.push(kind))
    const kitchen = await connectDevice(url, 'kitchen', { ca: tls.cert })
    await kitchen.publishAsync('device/kitchen/status', '{"v":1,"online":true}', { qos: 1 })
    await eventually(() => seen.length === 1, 'the status arrives')
    const plain = connectTcp(broker.port, '127.0.0.1')
    plain.on('error', () => {})
    plain.write(Buffer.from([0x10, 0x10, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 4, 0x6b, 0x69, 0x74, 0x63]))
    await eventually(() => plain.destroyed || plain.readyState !== 'open', 'plain text is cut off')
    await kitchen.endAsync(true)
    await broker.close()
    folder.remove()
  },
)
