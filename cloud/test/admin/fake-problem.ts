import type { ApiProblem, ProblemCode } from '@mynah/shared/api/problem.ts'

/** A refusal: a handler throws it, the server answers with it. */
export class FakeProblem extends Error {
  readonly problem: ApiProblem
  constructor(status: number, code: ProblemCode, more: Partial<ApiProblem> = {}) {
    super(code)
    this.problem = { type: 'about:blank', title: code, status, detail: `${code} (fake)`, code, ...more }
  }
}
