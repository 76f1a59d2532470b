import type { ApiFailure } from '@mynah/shared/api/client.ts'
import type { FieldError } from '@mynah/shared/api/problem.ts'
import type { Dictionary } from '../i18n/en/en.ts'

/** Which field is wrong, and what of it; a rule of a newer cloud is told in that cloud's own words. */
const fieldText = (t: Dictionary, { field, message, rule, limit = 0 }: FieldError): string => {
  const { rules, forms, inputs } = t.problems
  // A field of a list or of a part is named by its last word.
  const last = field.split('.').findLast((part) => !/^\d+$/.test(part)) ?? field
  const form = rule === 'wrong_form' ? Object.entries(forms).find(([name]) => name === last)?.[1] : undefined
  const known = Object.entries(rules).find(([name]) => name === rule)?.[1]
  return t.problems.field(
    inputs[last] ?? t.codes.fields[field] ?? t.codes.fields[last] ?? last,
    form ?? known?.(limit) ?? message,
  )
}

/** What to tell a person about a call that failed, in their language; a code of a newer cloud falls back to its own sentence. */
export const failureText = (t: Dictionary, failure: ApiFailure): string => {
  switch (failure.type) {
    case 'problem': {
      const { code, detail, errors, retry_after_s: waitS } = failure.problem
      if (code === 'rate_limited') return t.problems.rate_limited(waitS ?? 60)
      const known = Object.entries(t.problems.texts).find(([name]) => name === code)?.[1]
      const [first] = errors ?? []
      return first ? t.problems.both(known ?? detail, fieldText(t, first)) : (known ?? detail)
    }
    case 'unreachable':
      return t.problems.unreachable
    case 'bad_reply':
      return t.problems.bad_reply
    case 'aborted':
      return ''
  }
}

/** The same where somebody who is logged in was asked for the password alone. */
export const passwordFailureText = (t: Dictionary, failure: ApiFailure): string =>
  codeOf(failure) === 'wrong_credentials' ? t.problems.wrong_password : failureText(t, failure)

/** The stable code of a refusal, undefined when the cloud was not reached. */
export const codeOf = (failure: ApiFailure): string | undefined =>
  failure.type === 'problem' ? failure.problem.code : undefined
