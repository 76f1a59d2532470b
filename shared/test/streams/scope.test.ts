import { getEventListeners } from 'node:events'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createScope, type Scope } from '../../src/streams/scope.ts'
import { untilAborted } from '../../src/streams/until-aborted.ts'

describe('a scope', () => {
  it('stops its tasks and those of its children', async () => {
    const scope = createScope()
    const stopped: string[] = []
    scope.run(async (signal) => {
      await untilAborted(signal)
      stopped.push('task')
    })
    const grandchild = scope.child().child()
    grandchild.run(async (signal) => {
      await untilAborted(signal)
      stopped.push('grandchild')
    })
    scope.abort('barge-in')
    await scope.done()
    expect(stopped.sort()).toEqual(['grandchild', 'task'])
    expect(grandchild.signal.reason).toBe('barge-in')
  })

  it('stops when its parent signal does', async () => {
    const parent = new AbortController()
    const scope = createScope(parent.signal)
    scope.run(untilAborted)
    parent.abort('shutdown')
    await scope.done()
    expect(scope.signal.reason).toBe('shutdown')
    expect(createScope(parent.signal).signal.aborted).toBe(true)
  })

  it('is aborted by a task that fails, and says so when done', async () => {
    const scope = createScope()
    scope.run(untilAborted)
    scope.run(() => Promise.reject(new Error('no route to host')))
    await expect(scope.done()).rejects.toThrow('no route to host')
    expect(scope.signal.aborted).toBe(true)
  })

  it('does not call it a failure when a task throws because of the abort', async () => {
    const scope = createScope()
    scope.run(async (signal) => {
      await untilAborted(signal)
      signal.throwIfAborted()
    })
    scope.abort(new Error('barge-in'))
    await expect(scope.done()).resolves.toBeUndefined()
  })

  it('leaves no listener on a long-lived parent, whether aborted or done', async () => {
    const parent = new AbortController()
    for (let turn = 0; turn < 1_000; turn++) {
      const scope = createScope(parent.signal)
      scope.run(() => Promise.resolve())
      if (turn % 2 === 0) scope.abort()
      await scope.done()
    }
    expect(getEventListeners(parent.signal, 'abort')).toEqual([])
  })

  it('starts nothing after an abort', async () => {
    const scope = createScope()
    scope.abort()
    let started = false
    scope.run(() => {
      started = true
      return Promise.resolve()
    })
    await scope.done()
    expect(started).toBe(false)
  })

  it('stops everything below the scope that is aborted, and nothing beside it, in any tree', async () => {
    const tree = fc.array(fc.nat(), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(tree, fc.nat(), async (parents, at) => {
        const scopes: { readonly scope: Scope; readonly parent: number }[] = [{ scope: createScope(), parent: -1 }]
        for (const [i, pick] of parents.entries()) {
          const parent = pick % (i + 1)
          scopes.push({ scope: (scopes[parent]?.scope ?? createScope()).child(), parent })
        }
        const running = new Set<number>()
        for (const [i, { scope }] of scopes.entries()) {
          running.add(i)
          scope.run(async (signal) => {
            await untilAborted(signal)
            running.delete(i)
          })
        }
        const aborted = at % scopes.length
        const isBelow = (i: number): boolean => i === aborted || (i > 0 && isBelow(scopes[i]?.parent ?? 0))
        scopes[aborted]?.scope.abort()
        await scopes[aborted]?.scope.done()
        expect([...running]).toEqual(scopes.map((_, i) => i).filter((i) => !isBelow(i)))
        scopes[0]?.scope.abort()
        await scopes[0]?.scope.done()
        expect(running.size).toBe(0)
      }),
    )
  })

  it('waits for the tasks of its children, whose failure stays theirs', async () => {
    const scope = createScope()
    const child = scope.child()
    child.run(() => Promise.reject(new Error('one turn failed')))
    await expect(child.done()).rejects.toThrow('one turn failed')
    await expect(scope.done()).resolves.toBeUndefined()
  })
})
