import * as fc from 'fast-check'

/** Asserts a synchronous property: `fc.assert` is typed as if every property were asynchronous. */
export const holds = <T>(property: fc.IProperty<T>, parameters: fc.Parameters<T> = {}): void => {
  void fc.assert(property, parameters)
}
