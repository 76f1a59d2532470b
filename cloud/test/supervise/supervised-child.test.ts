import { readdirSync, readFileSync } from 'node:fs'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { expect, test } from 'vitest'
import { eventually } from '../../../test/eventually.ts'
import { createSupervisedChild } from '../../src/supervise/supervised-child.ts'

const script = `
  const [last] = process.argv.slice(1)
  console.log('noise')
  console.error('a log line')
  console.log(JSON.stringify({ pid: process.pid, last }))
  process.stdin.resume().on('end', () => process.exit())
`
type Ready = { readonly pid: number; readonly last: string }

const start = (options: { readonly niceness?: number } = {}) => {
  const logLines: string[] = []
  const child = createSupervisedChild<Ready>({
    clock: systemClock,
    log: silentLog,
    random: () => 0.1,
    name: 'test child',
    ...options,
    nodeArguments: (last) => ['-e', script, '--', String(last?.pid ?? 'none')],
    env: {},
    parseReady: (line) => (line.startsWith('{') ? JSON.parse(line) : undefined),
    onLogLine: (line) => logLines.push(line),
  })
  const stop = new AbortController()
  const running = child.run(stop.signal)
  return { child, logLines, stop: stop.abort.bind(stop), running, signal: stop.signal }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a child that is killed is started again and knows its predecessor', async () => {
  const { child, stop, running, signal, logLines } = start()
  const first = await child.firstReady(signal)
  if (!first) throw new Error('the child never became ready')
  expect(first.last).toBe('none')
  const again: number[] = []
  child.onReadyAgain(({ pid }) => again.push(pid))
  process.kill(first.pid, 'SIGKILL')
  await eventually(() => child.current() !== undefined && child.current()?.pid !== first.pid, 'a new child is ready')
  expect(child.current()?.last).toBe(String(first.pid))
  const second = child.current()?.pid ?? 0
  expect(again).toEqual([second])
  stop()
  await running
  expect(isAlive(second)).toBe(false)
  expect(logLines).toContain('a log line')
})

/** That of every thread of a process: the nineteenth field of its stat, the seventeenth behind the name. */
const nicenessesOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).map((thread) => {
    const [, fields = ''] = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ')
    return Number(fields.split(' ')[16])
  })

test('a nice child is so with all its threads, and its successor too', async () => {
  const { child, stop, running, signal } = start({ niceness: 5 })
  const first = await child.firstReady(signal)
  expect(new Set(nicenessesOf(first?.pid ?? 0))).toEqual(new Set([5]))
  process.kill(first?.pid ?? 0, 'SIGKILL')
  await eventually(() => child.current() !== undefined && child.current()?.pid !== first?.pid, 'a new child is ready')
  expect(new Set(nicenessesOf(child.current()?.pid ?? 0))).toEqual(new Set([5]))
  stop()
  await running
})

test('a child that cannot start is tried again until it is stopped', async () => {
  const child = createSupervisedChild({
    clock: systemClock,
    log: silentLog,
    random: () => 0,
    name: 'test child',
    nodeArguments: () => ['-e', 'process.exit(3)'],
    env: {},
    parseReady: () => undefined,
    onLogLine: () => {},
  })
  const stop = new AbortController()
  const running = child.run(stop.signal)
  await systemClock.sleep(150)
  stop.abort()
  await running
  expect(await child.firstReady(stop.signal)).toBeUndefined()
})

test('a child that Node refuses to start is tried again', async () => {
  let tries = 0
  const child = createSupervisedChild({
    clock: systemClock,
    log: silentLog,
    random: () => 0,
    name: 'test child',
    // Node throws at once, as it does where the machine has no memory for another process.
    nodeArguments: () => [tries++ === 0 ? '\0' : '-e', 'console.log("ready"); process.stdin.resume()'],
    env: {},
    parseReady: (line) => line,
    onLogLine: () => {},
  })
  const stop = new AbortController()
  const running = child.run(stop.signal)
  expect(await child.firstReady(stop.signal)).toBe('ready')
  expect(tries).toBe(2)
  stop.abort()
  await running
})
