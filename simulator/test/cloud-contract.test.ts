import { formatEnrolmentToken, newEnrolmentToken } from '@mynah/shared/wire/enrolment.ts'
import { expect, test } from 'vitest'
import { cloudArguments, parseReadyLine, parseTokenOutput, parseTurnsOutput } from '../src/cloud-contract.ts'

test('a cloud is told its folder, and its ports only when somebody chose them', () => {
  expect(cloudArguments({ dataDir: '/tmp/x', ports: {} })).toEqual([
    'serve',
    '--json',
    '--with-parent',
    '--data-dir',
    '/tmp/x',
  ])
  expect(cloudArguments({ dataDir: 'd', ports: { httpPort: 0, mqttPort: 1, udpPort: 2 } }).slice(5)).toEqual([
    '--http-port',
    '0',
    '--mqtt-port',
    '1',
    '--udp-port',
    '2',
  ])
})

test('the token is found beside other lines', () => {
  const token = formatEnrolmentToken(newEnrolmentToken())
  expect(parseTokenOutput(`a warning\n${token}\n`)).toBe(token)
  expect(parseTokenOutput('mynah1.short\n')).toBeUndefined()
})

test('turns are one object per line, and anything else is no list of turns', () => {
  const turn = {
    sessionId: 's',
    deviceId: 'd',
    conversationId: 'c',
    trigger: 'wake_word',
    heard: 'what time is it',
    reply: 'It is nine.',
    heardReply: 'It is nine.',
    timings: { stt_final: 20 },
  }
  expect(parseTurnsOutput(`${JSON.stringify(turn)}\n`)).toEqual([turn])
  expect(parseTurnsOutput('')).toEqual([])
  expect(parseTurnsOutput('No turns yet.\n')).toBeUndefined()
})

test('only the ready line is the ready line', () => {
  const ready = {
    ready: true,
    http_url: 'http://127.0.0.1:8700',
    mqtt_url: 'mqtt://127.0.0.1:8783',
    udp: ['127.0.0.1:8710'],
    setup_url: 'http://127.0.0.1:8700/setup/x',
  }
  expect(parseReadyLine(JSON.stringify(ready))).toEqual({
    url: 'http://127.0.0.1:8700',
    ports: { httpPort: 8_700, mqttPort: 8_783 },
    setupUrl: 'http://127.0.0.1:8700/setup/x',
  })
  expect(parseReadyLine('not json')).toBeUndefined()
  expect(parseReadyLine('{"message":"listening"}')).toBeUndefined()
})
