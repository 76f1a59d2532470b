import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { examineClock, examineDisk, examineWifi } from '../../src/doctor/machine.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mynah-doctor-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** As the kernel of a Pi writes it. */
const wireless = `Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   47.  -63.  -256        0      0      0      0      0        0
`

describe('the radio', () => {
  it.each([
    ['on', true],
    ['off', false],
  ])('is known with its signal and its power save, which is %s', async (said, powerSave) => {
    await mkdir(join(dir, 'net'))
    await writeFile(join(dir, 'net/wireless'), wireless)
    const iw = join(dir, 'iw')
    await writeFile(iw, `#!/bin/sh\n[ "$*" = "dev wlan0 get power_save" ] && echo "Power save: ${said}"\n`)
    await chmod(iw, 0o755)
    expect(await examineWifi({ procDir: dir, iw })).toEqual({ type: 'wifi', signalDbm: -63, powerSave })
  })
  it('without the program iw has a signal all the same; a machine without a radio has a cable', async () => {
    expect(await examineWifi({ procDir: dir, iw: join(dir, 'iw') })).toEqual({ type: 'cable' })
    await mkdir(join(dir, 'net'))
    await writeFile(join(dir, 'net/wireless'), wireless)
    expect(await examineWifi({ procDir: dir, iw: join(dir, 'iw') })).toEqual({ type: 'wifi', signalDbm: -63 })
  })
})

describe('the disk', () => {
  it('has room and can be written', async () => {
    const disk = await examineDisk(dir)
    expect(disk).toMatchObject({ writable: true })
    expect(disk?.freeBytes).toBeGreaterThan(1e6)
  })
  it('of a speaker that was never started is where its folder will be', async () => {
    expect(await examineDisk(join(dir, 'data/kitchen'))).toMatchObject({ writable: true })
    expect(await examineDisk('no-such-folder/kitchen')).toMatchObject({ writable: true })
    expect(await readdir(dir)).toEqual([])
  })
  it('that takes no file is told', async () => {
    expect(await examineDisk('/proc')).toMatchObject({ writable: false })
  })
})

describe('the clock', () => {
  it('is compared with that of the cloud', async () => {
    const server = createServer((_, response) => {
      const anHourAgo = instant(systemClock.wallTime().getTime() - 3_600_000)
      response.writeHead(200, { date: anHourAgo.toUTCString() })
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo // of a TCP server
    const compared = await examineClock({ clock: systemClock, fetch, cloudUrl: `http://127.0.0.1:${port}` })
    expect(Math.abs((compared?.aheadMs ?? 0) - 3_600_000)).toBeLessThan(3_000)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    expect(await examineClock({ clock: systemClock, fetch, cloudUrl: `http://127.0.0.1:${port}` })).toEqual({})
  })
})
