import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'

const module = new URL('../../src/log/output-readers.ts', import.meta.url)

/** A program that writes until it is told to end, to somebody who stops reading after the first line. */
const runUnread = async (beginning: string, cut: readonly ('stdout' | 'stderr')[]) => {
  const script = `
    import { endWithReader, outliveReaders } from ${JSON.stringify(module.href)}
    ${beginning}
    let lines = 0
    setInterval(() => {
      console.log('a line')
      console.error('a line')
      if (++lines === 50) process.exit(7)
    }, 5)`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await once(child.stdout, 'data')
  const errors: string[] = []
  child.stderr.on('data', (text) => errors.push(String(text)))
  for (const output of cut) child[output].destroy()
  const [code] = await once(child, 'exit')
  return { code, errors: errors.join('').replaceAll('a line\n', '') }
}

test('a process that serves outlives whoever read its lines', async () => {
  expect((await runUnread('outliveReaders()', ['stdout', 'stderr'])).code).toBe(7)
})

test('a command whose reader has seen enough ends without a word', async () => {
  expect(await runUnread('endWithReader()', ['stdout'])).toEqual({ code: 141, errors: '' })
})
