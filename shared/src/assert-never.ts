/** Ends a `switch` over a discriminated union: `tsc` names the member that was forgotten. Throws if one slips through at run time. */
export const assertNever = (unexpected: never): never => {
  throw new Error(`Unexpected value: ${JSON.stringify(unexpected)}`)
}
