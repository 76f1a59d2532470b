import { mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CloudConfig, describeProblems, namesOfSettingsIn, readConfig, secretFlags } from '../config.ts'
import { builtPanel } from '../gateway/panel.ts'
import { type Command, exitCode, takeOptions } from './command.ts'

/** The checkout: as far up from this module as from a bundle of it (`scripts/run-cloud.mjs`). */
const checkout = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')
const environmentFile = '/etc/mynah/cloud.env'
/** Below it a port needs a right of its own. */
const firstFreePort = 1_024

export type ServiceUnit = {
  readonly checkout: string
  readonly nodePath: string
  readonly user: string
  readonly config: Pick<CloudConfig, 'data_dir' | 'http_port' | 'mqtt_port' | 'udp_port'>
  /** Settings for `serve`, as they were given. */
  readonly flags: readonly string[]
}

/** In a unit file `%` begins a specifier (systemd.unit(5)). */
const plain = (text: string): string => text.replaceAll('%', '%%')

/** One word of a list (systemd.syntax(7)). */
const word = (text: string): string =>
  /^[\w@:,./+=-]+$/.test(text) ? text : `"${plain(text).replaceAll(/[\\"]/g, '\\$&')}"`

/** One word of a command line, where `$` begins a variable (systemd.service(5)). */
const argument = (text: string): string => word(text).replaceAll('$', '$$$$')

const capabilities = ({ http_port, mqtt_port, udp_port }: ServiceUnit['config']): string[] => {
  const needsLowPort = [http_port, mqtt_port, udp_port].some((port) => port > 0 && port < firstFreePort)
  const rights = needsLowPort ? 'CAP_NET_BIND_SERVICE' : ''
  return [`CapabilityBoundingSet=${rights}`, `AmbientCapabilities=${rights}`]
}

/** A service of systemd that runs the cloud of a checkout from every start of the machine on. */
export const serviceUnit = ({ checkout, nodePath, user, config, flags }: ServiceUnit): string => {
  const command = [nodePath, join(checkout, 'scripts/run-cloud.mjs'), 'serve', '--data-dir', config.data_dir, ...flags]
  const lines = [
    '# Made by: npm run cloud -- service',
    '[Unit]',
    'Description=Mynah, the cloud of smart speakers',
    'Wants=network-online.target',
    'After=network-online.target',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    `User=${user}`,
    `WorkingDirectory=${plain(checkout)}`,
    '# Settings as MYNAH_NAME=VALUE, for root only: passwords and keys belong there, or into cloud.json of the data folder.',
    `EnvironmentFile=-${environmentFile}`,
    `ExecStart=${command.map(argument).join(' ')}`,
    'Restart=always',
    'RestartSec=2',
    'KillMode=mixed',
    'TimeoutStopSec=20',
    '# One descriptor for each speaker and each browser.',
    'LimitNOFILE=65536',
    '# What paces replies goes before everything else; it takes a few microseconds for each frame.',
    'LimitNICE=-10',
    '# A child that takes too much memory is started again by the cloud itself.',
    'OOMPolicy=continue',
    'UMask=0077',
    '',
    '# Everything is read-only but its data and the bundle that it runs from.',
    'ProtectSystem=strict',
    'ProtectHome=read-only',
    `ReadWritePaths=${word(config.data_dir)} ${word(join(checkout, 'cloud/dist'))}`,
    'PrivateTmp=yes',
    'ProtectClock=yes',
    'ProtectControlGroups=yes',
    'ProtectHostname=yes',
    'ProtectKernelLogs=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'ProtectProc=invisible',
    'NoNewPrivileges=yes',
    ...capabilities(config),
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'RemoveIPC=yes',
    'KeyringMode=private',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallFilter=~@privileged',
    'SystemCallErrorNumber=EPERM',
    '# Not MemoryDenyWriteExecute: the JavaScript engine writes the code it runs.',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ]
  return lines.join('\n')
}

const whatToDo = `Save it and start it:
  npm run -s cloud -- service [settings] | sudo tee /etc/systemd/system/mynah-cloud.service > /dev/null
  sudo systemctl daemon-reload && sudo systemctl enable --now mynah-cloud
  journalctl -u mynah-cloud -f      # its log, and the link of the first login`

const complaintAbout = (user: string, flags: readonly string[]): string | undefined => {
  const secret = flags.map((flag) => flag.split('=')[0] ?? '').find((flag) => secretFlags.has(flag))
  if (secret !== undefined)
    return `${secret}: everybody could read it in the service. Put it into ${environmentFile} or cloud.json.`
  if (!/^[a-z_][a-z0-9._-]{0,31}$/i.test(user))
    return `--user: ${JSON.stringify(user)} is not allowed. Allowed: a name of this machine`
  return undefined
}

/** `service [--user NAME] [settings]`: prints a unit of systemd for the cloud of this checkout with these settings. */
export const describeService: Command = async ({ args, env, print, printError }) => {
  const { values, rest } = takeOptions(args, { withValue: ['--user', '--data-dir'], alone: [] })
  const dataDir = values.get('--data-dir')
  const read = readConfig({ flags: [...rest, ...(dataDir === undefined ? [] : ['--data-dir', dataDir])], env })
  const user = values.get('--user') ?? userInfo().username
  const complaint = read.ok ? complaintAbout(user, rest) : describeProblems(read.error)
  if (!read.ok || complaint !== undefined) {
    printError(complaint ?? '')
    return exitCode.usage
  }
  // systemd does not start a service whose folders are not there.
  if (user === userInfo().username) {
    for (const folder of [read.value.data_dir, join(checkout, 'cloud/dist')]) mkdirSync(folder, { recursive: true })
  }
  print(serviceUnit({ checkout, nodePath: process.execPath, user, config: read.value, flags: rest }))
  const here = namesOfSettingsIn(env)
  if (builtPanel() === undefined) printError('The panel is not built yet: npm run panel')
  if (user === 'root')
    printError(
      'It would run as root, which it does not need: --user NAME, or run this as the user that it shall run as',
    )
  if (here.length > 0) printError(`Only set here, so put them into ${environmentFile}, too: ${here.join(', ')}`)
  printError(whatToDo)
  return exitCode.ok
}
