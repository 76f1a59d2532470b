import type { ApiFailure } from '@mynah/shared/api/client.ts'
import type { Dictionary } from '../i18n/en/en.ts'

/** What to tell a person about a call that failed, in their language; a code of a newer cloud falls back to its own sentence. */
export const failureText = (t: Dictionary, failure: ApiFailure): string => {
  switch (failure.type) {
    case 'problem': {
      const { code, detail, errors, retry_after_s: waitS } = failure.problem
      if (code === 'rate_limited') return t.problems.rate_limited(waitS ?? 60)
      const known = Object.entries(t.problems.texts).find(([name]) => name === code)?.[1]
      const [first] = errors ?? []
      return first
        ? `${known ?? detail} ${t.problems.field(t.codes.fields[first.field] ?? first.field, first.message)}`
        : (known ?? detail)
    }
    case 'unreachable':
      return t.problems.unreachable
    case 'bad_reply':
      return t.problems.bad_reply
    case 'aborted':
      return ''
  }
}

/** The stable code of a refusal, undefined when the cloud was not reached. */
export const codeOf = (failure: ApiFailure): string | undefined =>
  failure.type === 'problem' ? failure.problem.code : undefined
