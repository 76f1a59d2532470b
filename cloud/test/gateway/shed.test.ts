import { problemSchema } from '@mynah/shared/api/problem.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { Hono } from 'hono'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { startHttpServer } from '../../src/gateway/http-server.ts'
import { createShed } from '../../src/gateway/shed.ts'

test('an overloaded cloud answers its API with 503 and when to come again, and nothing else so', async () => {
  let isOverloaded = true
  const app = new Hono().all('*', (c) => c.text('served'))
  const server = await startHttpServer(app, {
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    direct: createShed(() => isOverloaded),
  })
  const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method })
  const shed = await get('/api/devices')
  expect([shed.status, Number(shed.headers.get('retry-after'))]).toEqual([503, 2])
  expect(v.parse(problemSchema, await shed.json())).toMatchObject({ code: 'unavailable', status: 503 })
  expect((await get('/api/devices/a/config', 'PUT')).status).toBe(503)
  for (const path of ['/health/live', '/metrics', '/audio/token', '/'])
    expect(await (await get(path)).text()).toBe('served')
  isOverloaded = false
  expect(await (await get('/api/devices')).text()).toBe('served')
  await server.close()
})
