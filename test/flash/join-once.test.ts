import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newFolder, root, run, token } from './flash.ts'

let folder: ReturnType<typeof newFolder>
const at = (name: string) => join(folder.path, name)
const program = (name: string, script: string) => {
  mkdirSync(dirname(at(name)), { recursive: true })
  writeFileSync(at(name), `#!/bin/sh\n${script}\n`)
  chmodSync(at(name), 0o755)
}
beforeEach(() => {
  folder = newFolder()
  mkdirSync(at('store'))
  program('bin/aplay', `echo "$*" >> ${at('played')}`)
  program('bin/ip', 'echo default via 192.168.1.1')
})
afterEach(() => folder.remove())

/** `says`: what the enrolment prints; it fails unless it says who the speaker is. */
const joining = (says: string, env: Readonly<Record<string, string>> = { MYNAH_TOKEN: token }) => {
  const works = says.startsWith('This speaker is')
  program(
    'home/node/bin/node',
    `echo "$*" >> ${at('asked')}\necho '${says}'\n${works ? `touch ${at('store/identity.json')}` : 'exit 69'}`,
  )
  return run('sh', [join(root, 'hardware/first-boot/join-once')], {
    PATH: `${at('bin')}:${process.env.PATH}`,
    MYNAH_HOME: at('home'),
    MYNAH_STORE: at('store'),
    MYNAH_RUN: at('store'),
    MYNAH_NETWORK_TRIES: '2',
    MYNAH_LANGUAGE: 'zh',
    ...env,
  })
}
const times = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8').trim().split('\n').length : 0)

test('the token of the card is used once, and the speaker says that it is ready in its language', async () => {
  expect(await joining('This speaker is mynah-1 of http://cloud.')).toMatchObject({ exitCode: 0 })
  expect(readFileSync(at('asked'), 'utf8')).toBe(`${at('home')}/main.js enrol --log-level error\n`)
  expect(readFileSync(at('played'), 'utf8')).toBe(`-q -D default ${at('home')}/phrases/zh/ready.wav\n`)
  await joining('This speaker is mynah-1 of http://cloud.')
  expect([times('asked'), times('played')]).toEqual([1, 1])
})

test('a cloud that cannot be reached is asked again at the next start', async () => {
  const away = 'Enrolment failed (unreachable): no answer'
  expect(await joining(away)).toMatchObject({ exitCode: 1, stderr: `${away}\n` })
  await joining(away)
  expect(times('asked')).toBe(2)
  // Said once, however often it is asked.
  expect(readFileSync(at('played'), 'utf8')).toBe(`-q -D default ${at('home')}/phrases/zh/no-cloud.wav\n`)
})

test.each([
  ['with a token', { MYNAH_TOKEN: token }, 1],
  ['without one', {}, 0],
])('a wrong Wi-Fi password is heard in the room, %s', async (_, env, exitCode) => {
  program('bin/ip', '')
  const outcome = await joining('Enrolment failed (unreachable): no answer', env)
  expect(outcome).toMatchObject({ exitCode, stderr: expect.stringContaining('password of the Wi-Fi') })
  await joining('Enrolment failed (unreachable): no answer', env)
  expect(readFileSync(at('played'), 'utf8')).toBe(`-q -D default ${at('home')}/phrases/zh/no-network.wav\n`)
})

test('a network that comes late is waited for', async () => {
  program('bin/ip', `[ -e ${at('late')} ] && echo default || touch ${at('late')}`)
  expect(await joining('This speaker is mynah-1 of http://cloud.')).toMatchObject({ exitCode: 0, stderr: '' })
  expect(readFileSync(at('played'), 'utf8')).toContain('ready.wav')
})

test('a token that is refused is not asked for again: the speaker says a code instead', async () => {
  expect(await joining('Enrolment failed (token_expired): this token has expired')).toMatchObject({ exitCode: 0 })
  await joining('Enrolment failed (token_expired): this token has expired')
  expect([times('asked'), times('played')]).toEqual([1, 0])
  const another = `mynah1.${'C'.repeat(22)}.${'d'.repeat(43)}`
  await joining('This speaker is mynah-1 of http://cloud.', { MYNAH_TOKEN: another })
  expect([times('asked'), times('played')]).toEqual([2, 1])
})

test('without a token nothing is asked', async () => {
  expect(await joining('This speaker is', {})).toMatchObject({ exitCode: 0 })
  expect(times('asked')).toBe(0)
})
