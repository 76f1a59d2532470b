import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'

/** What programs for arm64 see of a machine: its libraries, and a processor that is not the one of this computer. */
export type Arm64Root = { readonly path: string; readonly madeBy: 'debootstrap' | 'cross_libraries' }

const crossLibraries = '/usr/aarch64-linux-gnu'
const suite = 'bookworm'
const mirror = 'http://deb.debian.org/debian'

/** A Cortex-A72, as a Raspberry Pi 4 has it: what reads the PC's instead crashes on instructions that are not there. */
const cpuinfo = `processor\t: 0
BogoMIPS\t: 108.00
Features\t: fp asimd evtstrm crc32 cpuid
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x0
CPU part\t: 0xd08
CPU revision\t: 3
`

const pretendToBeAPi = (path: string) => {
  const proc = join(path, 'proc')
  // Where nothing may be mounted debootstrap makes it a link to the proc of this computer.
  if (lstatSync(proc, { throwIfNoEntry: false })?.isSymbolicLink()) unlinkSync(proc)
  mkdirSync(proc, { recursive: true })
  writeFileSync(join(proc, 'cpuinfo'), cpuinfo)
  const cpu = join(path, 'sys/devices/system/cpu')
  mkdirSync(cpu, { recursive: true })
  for (const name of ['possible', 'present']) writeFileSync(join(cpu, name), '0\n')
}

const bootstrap = (path: string): string | undefined => {
  const fresh = `${path}.next`
  rmSync(fresh, { recursive: true, force: true })
  const options = ['--foreign', '--arch=arm64', '--variant=minbase', '--include=libstdc++6']
  try {
    // The first stage is enough: the libraries are unpacked, and nothing of it has to run.
    execFileSync('debootstrap', [...options, suite, fresh, mirror], { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 400) : String(error)
  }
  rmSync(path, { recursive: true, force: true })
  renameSync(fresh, path)
  return undefined
}

/** Made once, into `path`: by debootstrap where it works, else from the libraries of Debian's cross compilers. */
export const arm64Root = (path: string): Result<Arm64Root, string> => {
  const libraries = join(path, 'lib/aarch64-linux-gnu')
  const failure = existsSync(libraries) ? undefined : bootstrap(path)
  if (failure === undefined) {
    pretendToBeAPi(path)
    return ok({ path, madeBy: 'debootstrap' })
  }
  if (!existsSync(crossLibraries)) {
    return refuse(`debootstrap failed (${failure}), and there are no cross libraries either:
apt install debootstrap, or apt install libc6-arm64-cross libstdc++6-arm64-cross libgcc-s1-arm64-cross`)
  }
  rmSync(path, { recursive: true, force: true })
  execFileSync('cp', ['-r', crossLibraries, path])
  pretendToBeAPi(path)
  return ok({ path, madeBy: 'cross_libraries' })
}
