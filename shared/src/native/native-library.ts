import koffi from 'koffi'

export { koffi }

/** All that calls native code takes `koffi` from here: it can be configured only before the first library is loaded. */

// A call on a thread gets 128 KiB of stack by default; the engines keep buffers of a second of sound on theirs.
const stackBytes = 4 * 1024 * 1024
// A module may be evaluated twice in one process (tests are), and the second time a library is loaded already.
if (koffi.config().async_stack_size !== stackBytes) koffi.config({ ...koffi.config(), async_stack_size: stackBytes })

export type NativeLibrary = ReturnType<typeof koffi.load>

// koffi unloads a library that nothing refers to any more, under the feet of what it made: engines keep pointers of their own.
const loaded: NativeLibrary[] = []

/** The first of these libraries that is installed; it stays loaded. */
export const openLibrary = (...candidates: readonly string[]): NativeLibrary | undefined => {
  for (const name of candidates) {
    try {
      const library = koffi.load(name)
      loaded.push(library)
      return library
    } catch {
      // Absent under this name: the next candidate may be there.
    }
  }
  return undefined
}
