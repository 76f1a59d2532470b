import { closeSync, openSync, readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { apa102Frame } from './apa102.ts'
import { chipInfoBytes, chipLabel, ioctls, isOn, lineFd, lineRequest, valuesRequest } from './gpio-structs.ts'
import type { KeyName, Keys, Lights } from './ports.ts'

/** GPIO numbers (not those of the pins) by what hangs on them. */
export type KeyLines = { readonly [name in KeyName]?: number }

type Absent = { readonly code: 'absent'; readonly message: string }
export type Ioctl = (fd: number, request: number, argument: Uint8Array) => number

/** `ioctl` of the C library; `koffi` is an optional package. */
export const loadIoctl = async (): Promise<Result<Ioctl, Absent>> => {
  try {
    const { openLibrary } = await import('@mynah/shared/native/native-library.ts')
    const library = openLibrary('libc.so.6', 'libc.so')
    if (!library) return refuse({ code: 'absent', message: 'there is no C library' })
    const call = library.func('int ioctl(int fd, unsigned long request, _Inout_ uint8_t *argument)')
    return ok((fd, request, argument) => Number(call(fd, request, argument)))
  } catch (error) {
    return refuse({ code: 'absent', message: `koffi: ${error instanceof Error ? error.message : String(error)}` })
  }
}

const why = (error: unknown): Absent => ({
  code: 'absent',
  message: error instanceof Error ? error.message : String(error),
})

/** The chip of the 40 pins: its number differs between boards, its label begins with `pinctrl-`. */
const openHeaderChip = (ioctl: Ioctl, devDir: string): number => {
  const chips = readdirSync(devDir).filter((name) => /^gpiochip\d+$/.test(name))
  for (const chip of chips) {
    const fd = openSync(join(devDir, chip), 'r+')
    const info = new Uint8Array(chipInfoBytes)
    if (ioctl(fd, ioctls.chipInfo, info) === 0 && chipLabel(info).startsWith('pinctrl-')) return fd
    closeSync(fd)
  }
  throw new Error(`no GPIO of the 40 pins in ${devDir}`)
}

const keysOf = (lines: KeyLines, ioctl: Ioctl, devDir: string): Keys => {
  const named = Object.entries(lines) as [KeyName, number][] // the type has no other keys
  const chip = openHeaderChip(ioctl, devDir)
  const request = lineRequest(
    named.map(([, offset]) => offset),
    'mynah',
  )
  const refused = ioctl(chip, ioctls.getLine, request) !== 0
  closeSync(chip)
  if (refused) throw new Error(`the GPIO lines ${named.map(([, offset]) => offset).join(', ')} are in use or not there`)
  const fd = lineFd(request)
  return {
    read: () => {
      const values = valuesRequest(named.length)
      if (ioctl(fd, ioctls.getValues, values) !== 0) throw new Error('the GPIO lines cannot be read any more')
      return Object.fromEntries(named.map(([name], line) => [name, isOn(values, line)]))
    },
    close: () => closeSync(fd),
  }
}

/** Buttons and switches that pull GPIO lines of a Raspberry Pi to ground. */
export const openPiKeys = async (lines: KeyLines, devDir = '/dev'): Promise<Result<Keys, Absent>> => {
  const ioctl = await loadIoctl()
  if (!ioctl.ok) return ioctl
  try {
    return ok(keysOf(lines, ioctl.value, devDir))
  } catch (error) {
    return refuse(why(error))
  }
}

const spiSpeedHz = 4_000_000

/** APA102 lights on the SPI of a Raspberry Pi, such as the three of a 2-Mic HAT. */
export const openPiLights = async (leds: number, path = '/dev/spidev0.0'): Promise<Result<Lights, Absent>> => {
  const ioctl = await loadIoctl()
  if (!ioctl.ok) return ioctl
  try {
    const fd = openSync(path, 'r+')
    const speed = new Uint8Array(4)
    new DataView(speed.buffer).setUint32(0, spiSpeedHz, true)
    if (ioctl.value(fd, ioctls.spiSpeed, speed) !== 0) {
      closeSync(fd)
      return refuse({ code: 'absent', message: `${path} is no SPI device` })
    }
    return ok({
      leds,
      show: (colours) => void writeSync(fd, apa102Frame(colours)),
      close: () => closeSync(fd),
    })
  } catch (error) {
    return refuse(why(error))
  }
}
