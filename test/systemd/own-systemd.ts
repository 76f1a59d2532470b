import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../eventually.ts'

/** A systemd of its own, in namespaces of its own: what it mounts, writes and runs is gone with it. It shares the network. */
export type OwnSystemd = {
  /** Runs a program where that systemd is, and returns what it said. Throws with it when the program fails. */
  readonly run: (program: string, ...args: readonly string[]) => string
  readonly systemctl: (...args: readonly string[]) => string
  /** A property of a unit, as `systemctl show` tells it. */
  readonly show: (unit: string, property: string) => string
  readonly journal: (unit: string) => string
  readonly stop: () => void
}

const init = '/lib/systemd/systemd'
/** Of what a system starts at its beginning only the journal: the rest would look for hardware. */
const wanted = ['systemd-journald.service', 'systemd-journald.socket', 'systemd-journald-dev-log.socket']
const emptied = ['/lib/systemd/system/sysinit.target.wants', '/lib/systemd/system/sockets.target.wants']

/** Folders of the machine that are others for that systemd: a copy that the test has made, or nothing at all. */
const mounts = (folder: string) => [
  'set -e',
  'mount --make-rprivate /',
  ...['/run', '/tmp', '/var/lib', '/var/log', ...emptied].map((path) => `mount -t tmpfs tmpfs ${path}`),
  ...wanted.map((name) => `ln -s ../${name} ${emptied[0]}/`),
  `mount --bind ${folder}/opt /opt`,
  `mount --bind ${folder}/units /etc/systemd/system`,
  `mount --bind ${folder}/lib /usr/local/lib`,
  `mount --bind ${folder}/passwd /etc/passwd`,
  `mount --bind ${folder}/group /etc/group`,
  `exec env container=mynah-test ${init} --system --unit=basic.target --log-target=null`,
]

/** Why this machine cannot run one that sees `folder`, if it cannot. */
export const noSystemdReason = (folder: string): string | undefined => {
  if (folder.startsWith('/tmp/')) return 'this copy of Mynah is in /tmp, of which each service has its own'
  if (process.getuid?.() !== 0) return 'needs root'
  if (!existsSync(init) || !existsSync('/usr/bin/nsenter')) return 'systemd and util-linux are not installed'
  try {
    execFileSync(
      'unshare',
      ['--mount', '--pid', '--fork', '--cgroup', '--mount-proc', 'mount', '--make-rprivate', '/'],
      { stdio: 'ignore' },
    )
    return undefined
  } catch {
    return 'no namespaces here'
  }
}

/** `folder` gets what that systemd sees instead of folders of the machine: `opt`, `units` for /etc/systemd/system, `lib` for /usr/local/lib. */
export const prepareFolders = (folder: string): void => {
  for (const name of ['opt', 'units', 'lib']) mkdirSync(join(folder, name), { recursive: true })
  for (const name of ['passwd', 'group']) copyFileSync(`/etc/${name}`, join(folder, name))
  const add = (name: string, line: string) =>
    writeFileSync(join(folder, name), `${readFileSync(join(folder, name), 'utf8')}${line}\n`)
  add('passwd', 'mynah:x:61234:61234::/var/lib/mynah:/usr/sbin/nologin')
  add('group', 'mynah:x:61234:')
}

/** The first process in the namespaces, by its number outside of them. */
const initOf = (unshare: ChildProcess): number =>
  Number(readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8').trim().split(' ')[0])

export const startOwnSystemd = async (folder: string): Promise<OwnSystemd> => {
  const spaces = ['--mount', '--pid', '--fork', '--cgroup', '--ipc', '--uts', '--mount-proc', '--kill-child=SIGKILL']
  const unshare = spawn('unshare', [...spaces, 'sh', '-c', mounts(folder).join('\n')], { stdio: 'ignore' })
  const stop = () => void unshare.kill('SIGKILL')
  const run = (program: string, ...args: readonly string[]) =>
    execFileSync('nsenter', ['-t', String(initOf(unshare)), '-m', '-p', '-C', '-i', '-u', program, ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 100_000,
    }).trim()
  const isRunning = () => {
    try {
      return /running|degraded|starting/.test(run('systemctl', 'show', '-p', 'SystemState'))
    } catch {
      return false
    }
  }
  try {
    await eventually(isRunning, 'systemd runs')
  } catch (error) {
    stop()
    throw error
  }
  return {
    run,
    systemctl: (...args) => run('systemctl', ...args),
    show: (unit, property) => run('systemctl', 'show', unit, '-p', property, '--value'),
    journal: (unit) => run('journalctl', '-u', unit, '--no-pager', '-o', 'cat'),
    stop,
  }
}
