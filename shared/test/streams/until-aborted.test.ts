import { describe, expect, it } from 'vitest'
import { untilAborted } from '../../src/streams/until-aborted.ts'

describe('waiting for an abort', () => {
  it('ends with the abort, and not before', async () => {
    const controller = new AbortController()
    let isOver = false
    const waited = untilAborted(controller.signal).then(() => {
      isOver = true
    })
    await Promise.resolve()
    expect(isOver).toBe(false)
    controller.abort(new Error('shutdown'))
    await waited
    expect(isOver).toBe(true)
  })

  it('ends at once when that was before', async () => {
    await expect(untilAborted(AbortSignal.abort())).resolves.toBeUndefined()
  })
})
