import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requirement } from '../../../test/requirement.ts'
import {
  chipInfoBytes,
  chipLabel,
  ioctls,
  isOn,
  lineFd,
  lineRequest,
  requestBytes,
  valuesBytes,
  valuesRequest,
} from '../../src/indicators/gpio-structs.ts'
import { loadIoctl, openPiKeys, openPiLights } from '../../src/indicators/raspberry-pi.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mynah-pi-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const headers = requirement(
  existsSync('/usr/include/linux/gpio.h') && existsSync('/usr/bin/g++'),
  'headers of the kernel: apt install g++ linux-libc-dev',
)
const kernel = new URL('./kernel.cpp', import.meta.url).pathname

describe('what is said to the kernel', () => {
  it.skipIf(!headers.isMet)(headers.naming('is what its own headers say'), () => {
    execFileSync('g++', ['-o', join(dir, 'kernel'), kernel])
    const [numbers, request] = execFileSync(join(dir, 'kernel'), { encoding: 'utf8' }).split('\n')
    const { chipInfo, getLine, getValues, spiSpeed } = ioctls
    const ours = [chipInfo, getLine, getValues, spiSpeed, chipInfoBytes, requestBytes, valuesBytes]
    expect(numbers?.split(' ').map(Number)).toEqual([...ours, 32, 588])
    expect(Buffer.from(lineRequest([17, 22], 'mynah')).toString('hex')).toBe(request)
  })
  it('is read back by the same offsets', () => {
    const request = lineRequest([17], 'mynah')
    new DataView(request.buffer).setInt32(588, 42, true)
    expect(lineFd(request)).toBe(42)
    const values = valuesRequest(3)
    values[0] = 0b101
    expect([0, 1, 2].map((line) => isOn(values, line))).toEqual([true, false, true])
    const info = new Uint8Array(chipInfoBytes)
    info.set(Buffer.from('pinctrl-rp1'), 32)
    expect(chipLabel(info)).toBe('pinctrl-rp1')
    expect(() => lineRequest([], 'mynah')).toThrow('1 to 64 lines, got 0')
  })
  it('reaches it: how much of a file is left to read', async () => {
    const ioctl = await loadIoctl()
    if (!ioctl.ok) throw new Error(ioctl.error.message)
    await writeFile(join(dir, 'file'), 'twelve bytes')
    const file = await open(join(dir, 'file'))
    const fionread = 0x541b
    const left = new Uint8Array(4)
    expect(ioctl.value(file.fd, fionread, left)).toBe(0)
    expect(new DataView(left.buffer).getInt32(0, true)).toBe(12)
    expect(ioctl.value(file.fd, ioctls.getValues, valuesRequest(1))).toBe(-1)
    await file.close()
  })
})

describe('hardware that is not there', () => {
  it('is a sentence and no crash', async () => {
    expect(await openPiKeys({ button: 17 }, dir)).toMatchObject({
      ok: false,
      error: { message: `no GPIO of the 40 pins in ${dir}` },
    })
    await writeFile(join(dir, 'gpiochip0'), '')
    expect(await openPiKeys({ button: 17 }, dir)).toMatchObject({ ok: false })
    expect(await openPiLights(3, join(dir, 'spidev0.0'))).toMatchObject({ ok: false })
    await writeFile(join(dir, 'spidev0.0'), '')
    expect(await openPiLights(3, join(dir, 'spidev0.0'))).toMatchObject({
      error: { message: `${join(dir, 'spidev0.0')} is no SPI device` },
    })
  })
})
