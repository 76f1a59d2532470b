import { silentLog } from '@mynah/shared/log/log.ts'
import type { FromDeviceMessage, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import { describe, expect, it } from 'vitest'
import { createCommands } from '../../src/commands/commands.ts'

const start = (reboot?: () => void) => {
  const acks: Omit<FromDeviceMessage<'command/ack'>, 'v'>[] = []
  const ran: string[] = []
  const commands = createCommands({
    log: silentLog,
    acknowledge: (ack) => {
      acks.push(ack)
      ran.push('ack')
    },
    effects: {
      identify: () => ran.push('identify'),
      setVolume: async (volume) => {
        if (volume === 13) throw new Error('disk full')
        ran.push(`volume ${volume}`)
      },
      doctor: async () => ({ healthy: true }),
      ...(reboot ? { reboot } : {}),
    },
  })
  const send = (id: string, command: ToDeviceMessage<'command'>['command']) =>
    commands.receive({ v: 1, command_id: id, command })
  return { acks, ran, send }
}

describe('a command', () => {
  it('runs once, however often it is delivered, and is answered each time', async () => {
    const at = start()
    await Promise.all([
      at.send('a', { type: 'set_volume', volume: 30 }),
      at.send('a', { type: 'set_volume', volume: 30 }),
    ])
    await at.send('a', { type: 'set_volume', volume: 30 })
    expect(at.ran.filter((what) => what !== 'ack')).toEqual(['volume 30'])
    expect(at.acks).toEqual(new Array(3).fill({ command_id: 'a', ok: true }))
  })
  it('that this speaker cannot do, or that fails, is refused with a sentence', async () => {
    const at = start()
    await at.send('a', { type: 'reboot' })
    await at.send('b', { type: 'set_volume', volume: 13 })
    expect(at.acks.map((ack) => ack.error?.code)).toEqual(['not_supported', 'failed'])
  })
  it('to restart is answered first', async () => {
    const at = start(() => at.ran.push('reboot'))
    await at.send('a', { type: 'reboot' })
    await at.send('a', { type: 'reboot' })
    expect(at.ran).toEqual(['ack', 'reboot', 'ack'])
  })
  it('doctor answers with a report', async () => {
    const at = start()
    await at.send('a', { type: 'doctor' })
    expect(at.acks).toEqual([{ command_id: 'a', ok: true, report: { healthy: true } }])
  })
})
