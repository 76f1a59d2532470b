import { randomInt } from 'node:crypto'

const steps = 2 ** 32

/** Uniform in [0, 1), in steps of 2^-32: what the parts of a running cloud are given where a test gives them a seeded one. */
export const random = (): number => randomInt(steps) / steps
