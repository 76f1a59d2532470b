import * as fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  enrolAnswerSchema,
  enrolmentProof,
  enrolRequestSchema,
  formatEnrolmentToken,
  newEnrolmentToken,
  newNonce,
  parseEnrolmentToken,
  proofsMatch,
} from '../../src/wire/enrolment.ts'
import { holds } from '../holds.ts'

describe('an enrolment token', () => {
  it('survives being written and pasted', () => {
    const token = newEnrolmentToken()
    expect(parseEnrolmentToken(`  ${formatEnrolmentToken(token)}\n`)).toEqual({ ok: true, value: token })
  })

  it.each([
    ['', 'a token has 3 parts separated by dots, got 1'],
    ['mynah2.a.b', 'a token starts with "mynah1."'],
    ['mynah1.short.b', 'the second part of a token is 22 base64url characters'],
    [`mynah1.${'A'.repeat(22)}.${'B'.repeat(44)}`, 'the third part of a token is 43 base64url characters'],
  ])('that reads %j is refused with its reason', (text, message) => {
    expect(parseEnrolmentToken(text)).toEqual({ ok: false, error: { code: 'bad_token', message } })
  })

  it('never throws, whatever is pasted', () => {
    holds(fc.property(fc.string(), (text) => parseEnrolmentToken(text).ok === false))
  })
})

describe('a proof', () => {
  it('differs when a character moves from one field to the next', () => {
    const { secret } = newEnrolmentToken()
    const deviceNonce = newNonce()
    const one = enrolmentProof(secret, { tokenId: 'ab', deviceId: 'c', deviceNonce })
    const other = enrolmentProof(secret, { tokenId: 'a', deviceId: 'bc', deviceNonce })
    expect(proofsMatch(one, other)).toBe(false)
    expect(proofsMatch(one, one)).toBe(true)
    expect(proofsMatch(one, 'short')).toBe(false)
  })

  it('fits the request and answer that carry it', () => {
    const token = newEnrolmentToken()
    const deviceNonce = newNonce()
    const proof = enrolmentProof(token.secret, { tokenId: token.tokenId, deviceId: 'kitchen', deviceNonce })
    const request = { v: 1, token_id: token.tokenId, device_id: 'kitchen', device_nonce: deviceNonce, proof }
    expect(v.is(enrolRequestSchema, request)).toBe(true)
    expect(v.is(enrolRequestSchema, { ...request, device_nonce: 'x' })).toBe(false)
    const answer = {
      v: 1,
      cloud_nonce: newNonce(),
      mqtt: { url: 'mqtt://192.0.2.1:1883' },
      udp: { host: '192.0.2.1', port: 7000 },
      proof,
    }
    expect(v.is(enrolAnswerSchema, answer)).toBe(true)
  })
})
