import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))

describe('the sources of the panel', () => {
  test('compile, so that no language lacks a text and no call differs from the contract', () => {
    const outcome = spawnSync('npx', ['tsc', '-p', 'cloud/admin/tsconfig.json'], { cwd: root, encoding: 'utf8' })
    expect(outcome.stdout).toBe('')
    expect(outcome.status).toBe(0)
  }, 120_000)
})
