import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Something that a test needs beside this repository, and that a machine may lack. */
export type Requirement = {
  readonly isMet: boolean
  /** The name of a test that needs it; where it is missing the name says what, and how to get it. */
  readonly naming: (name: string) => string
}

/** Closes the name of a test that is skipped, for the closing line of a run. */
export const skippedFor = /\[skipped: (.+)\]$/

/** `remedy`: what is missing and how to get it, such as `openssl: apt install openssl`. */
export const requirement = (isMet: boolean, remedy: string): Requirement => ({
  isMet,
  naming: (name) => (isMet ? name : `${name} [skipped: ${remedy}]`),
})

const testData = fileURLToPath(new URL('../../shared/data/', import.meta.url))

/** Recordings and models that lie beside the checkout, not in it. */
export const testDataAt = (path: string): Requirement =>
  requirement(existsSync(join(testData, path)), `${path}: test data, in ../shared/data beside the checkout`)

/** A program that can be run by its name. */
export const programNamed = (name: string, debianPackage = name): Requirement => {
  const isThere = () => {
    try {
      execFileSync('which', [name], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  }
  return requirement(isThere(), `${name}: apt install ${debianPackage}`)
}

/** Both; the name tells of the first that is missing. */
export const both = (first: Requirement, second: Requirement): Requirement => (first.isMet ? second : first)
