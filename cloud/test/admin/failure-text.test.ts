import { type FieldError, fieldRules } from '@mynah/shared/api/problem.ts'
import { expect, test } from 'vitest'
import { en } from '../../admin/src/i18n/en/en.ts'
import { zh } from '../../admin/src/i18n/zh/zh.ts'
import { failureText, passwordFailureText } from '../../admin/src/session/failure-text.ts'

const said = (t: typeof en, error: FieldError): string =>
  failureText(t, {
    type: 'problem',
    problem: {
      type: 'about:blank',
      title: '',
      status: 400,
      detail: 'in English',
      code: 'bad_request',
      errors: [error],
    },
  })

test('what is wrong with a field is said in the language of the person, with its bound', () => {
  const tooLong = {
    field: 'name',
    message: 'Invalid length: Expected <=100 but received 300',
    rule: 'too_long',
    limit: 100,
  }
  expect(said(en, tooLong)).toBe('Something in the form is not right. Name: at most 100 characters fit.')
  expect(said(zh, tooLong)).toBe('填写的内容有误。名称：最多 100 个字符。')
  const zone = { field: 'time_zone', message: 'an IANA time zone such as Europe/Zurich', rule: 'wrong_form' }
  expect(said(zh, zone)).toContain('不是有效的时区')
  const prompt = { field: 'personas.3.prompt', message: 'Invalid length', rule: 'too_long', limit: 4_000 }
  expect(said(en, prompt)).toContain('at most 4000 characters fit')
})

test('whatever a person types in has a name in Chinese', () => {
  const typed = [
    ...['name', 'login', 'password', 'current_password', 'new_password', 'home_name', 'time_zone', 'note', 'totp'],
    ...['code', 'text', 'label', 'prompt', 'url', 'model', 'address', 'api_key', 'token', 'public_key', 'room'],
    ...['voice', 'wake.words.0', 'quiet_hours.from', 'repeat.at', 'fires_at', 'duration_ms', 'personas.0.wake_words.1'],
  ]
  for (const field of typed) {
    const text = said(zh, { field, message: '', rule: 'empty' })
    expect(text, field).toMatch(/^填写的内容有误。[\u4e00-\u9fff]+：不能为空。$/)
  }
})

test('who is logged in and asked for the password alone is not told of a login', () => {
  const problem = { type: 'about:blank', title: '', status: 401, detail: '', code: 'wrong_credentials' }
  const failure = { type: 'problem', problem } as const
  expect(passwordFailureText(en, failure)).toBe('This password is not right.')
  expect(failureText(en, failure)).toContain('Login or password')
})

test('no rule of the contract is left in the words of the cloud', () => {
  for (const rule of fieldRules) {
    const error = { field: 'name', message: 'Invalid: said by the cloud', rule, limit: 3 }
    for (const t of [en, zh]) expect(said(t, error), rule).not.toContain('Invalid')
    expect(said(zh, error), rule).not.toMatch(/[a-z]{3}/)
  }
})

test('a rule of a newer cloud is told in its own words', () => {
  expect(said(en, { field: 'name', message: 'no poems', rule: 'no_poems' })).toContain('Name: no poems.')
})
