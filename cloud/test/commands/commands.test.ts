import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { instant } from '@mynah/shared/time/instant.ts'
import { parseEnrolmentToken } from '@mynah/shared/wire/enrolment.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { backUp } from '../../src/commands/backup.ts'
import { writeBrokerFiles } from '../../src/commands/broker-files.ts'
import { takeOptions } from '../../src/commands/command.ts'
import { examine } from '../../src/commands/doctor.ts'
import { makeEnrolmentToken } from '../../src/commands/enrolment-token.ts'
import { showTurns } from '../../src/commands/turns.ts'
import { callCommand } from '../cloud-child.ts'
import { temporaryStore } from '../temporary-store.ts'

let fixture = temporaryStore()
fixture.close()
beforeEach(() => {
  fixture = temporaryStore()
})
afterEach(() => fixture.close())

const here = () => ['--data-dir', fixture.dataDir]

test('a token is printed alone, is known to the store, and its making is in the audit log', async () => {
  const { code, stdout } = await callCommand(makeEnrolmentToken, ['--name', 'Kitchen', '--valid-hours', '1', ...here()])
  const token = parseEnrolmentToken(stdout)
  expect(code).toBe(0)
  expect(token.ok && fixture.store.enrolment.find(token.value.tokenId)).toMatchObject({ name: 'Kitchen' })
  expect(fixture.store.audit.list(10)).toMatchObject([{ action: 'token_made', actor: 'command line' }])
})

test('wrong options of a token are refused with the option', async () => {
  for (const args of [
    ['--valid-hours', 'soon'],
    ['--valid-hours', '0'],
    ['--device', 'No Such Id'],
  ]) {
    const { code, stderr } = await callCommand(makeEnrolmentToken, [...args, ...here()])
    expect(code).toBe(2)
    expect(stderr).toContain(args[0])
  }
})

test('turns are shown to people and to programs', async () => {
  const base = { sessionId: 'one', conversationId: 'one', deviceId: 'kitchen' }
  fixture.store.turns.open({ ...base, homeId: 'home', trigger: 'button', language: 'en', startedAt: instant(0) })
  fixture.store.turns.close({
    ...base,
    endedAt: instant(0),
    outcome: 'completed',
    heardText: 'what time is it',
    replyText: 'It is eight.',
    heardReplyText: 'It is',
    toolsCalled: [],
    timings: { total: 800 },
  })
  expect((await callCommand(showTurns, here())).stdout).toContain(
    '  heard: what time is it\n  reply: It is eight.\n  of it was heard: It is',
  )
  expect(JSON.parse((await callCommand(showTurns, ['--json', ...here()])).stdout)).toMatchObject({
    sessionId: 'one',
    heard: 'what time is it',
  })
  expect((await callCommand(showTurns, ['--limit', 'many', ...here()])).code).toBe(2)
})

test('a backup is a file, and the key is remembered', async () => {
  const { stdout, stderr } = await callCommand(backUp, here())
  expect(existsSync(stdout)).toBe(true)
  expect(stderr).toContain(join('keys', 'master.key'))
})

test('Mosquitto gets accounts and rules, no secret in the clear', async () => {
  const secret = new Uint8Array(32).fill(1)
  fixture.store.devices.save({ deviceId: 'kitchen', homeId: fixture.store.devices.defaultHomeId(), secret })
  const out = join(fixture.dataDir, 'mosquitto')
  await callCommand(writeBrokerFiles, ['--out', out, ...here()])
  expect(readFileSync(join(out, 'passwords'), 'utf8')).toMatch(/^mynah-cloud:\$7\$[\s\S]*^kitchen:\$7\$/m)
  expect(readFileSync(join(out, 'acl'), 'utf8')).toContain('pattern write device/%u/wake')
})

test('the doctor finds a readable key file and names what is missing', async () => {
  const { code, stdout } = await callCommand(examine, ['--zh-model-dir', '/no/such/folder', ...here()])
  expect(code).toBe(1)
  expect(stdout).toContain('BAD  the Chinese model folder /no/such/folder does not exist')
  expect(stdout).toContain('ok   database whole')
})

test('a command takes its own options and leaves the settings', () => {
  const taken = takeOptions(['--json', '--limit=5', '--data-dir', 'x'], { withValue: ['--limit'], alone: ['--json'] })
  expect([taken.alone.has('--json'), taken.values.get('--limit'), taken.rest]).toEqual([true, '5', ['--data-dir', 'x']])
})
