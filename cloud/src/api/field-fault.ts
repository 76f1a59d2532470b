import type { FieldRule } from '@mynah/shared/api/problem.ts'
import type * as v from 'valibot'

type Fault = { readonly rule: FieldRule; readonly limit?: number }

const boundRules = {
  min_value: 'too_small',
  max_value: 'too_large',
} as const

const lengthFault = (issue: v.BaseIssue<unknown>, limit: number): Fault => {
  const isText = typeof issue.input === 'string'
  if (issue.type === 'max_length') return { rule: isText ? 'too_long' : 'too_many', limit }
  if (limit === 1) return { rule: 'empty' }
  return { rule: isText ? 'too_short' : 'too_few', limit }
}

/** Pure: which rule of the contract a field breaks, for whoever says it in another language. */
export const fieldFaultOf = (issue: v.BaseIssue<unknown>): Fault => {
  const limit = typeof issue.requirement === 'number' ? issue.requirement : undefined
  switch (issue.type) {
    case 'min_length':
    case 'max_length':
      return limit === undefined ? { rule: 'wrong_form' } : lengthFault(issue, limit)
    case 'min_value':
    case 'max_value':
      return { rule: boundRules[issue.type], ...(limit !== undefined && { limit }) }
    case 'integer':
      return { rule: 'not_whole' }
    case 'picklist':
    case 'literal':
    case 'variant':
      return { rule: 'wrong_choice' }
    case 'strict_object':
      return { rule: issue.expected === 'never' ? 'unknown_field' : 'missing' }
    default:
      return { rule: issue.kind === 'schema' && issue.input === undefined ? 'missing' : 'wrong_form' }
  }
}
