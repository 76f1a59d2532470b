import { koffi, type NativeLibrary as Library, openLibrary } from '../../native/native-library.ts'

/**
 * The C API of pocketsphinx, in the two shapes that distributions ship: `cmd_ln_*` (0.8 and 5prealpha, Debian 12) and `ps_config_*`
 * (5.x). Calls that cost more than some microseconds run on a thread; the caller must not have two under way on one decoder.
 */
export type SphinxBinding = {
  readonly api: '0.8' | '5'
  /** Loads the models that `settings` name (without a leading dash). Rejects with `SphinxError` when the engine refuses them. */
  readonly openDecoder: (settings: SphinxSettings) => Promise<SphinxHandle>
}

/** Names and values of the engine's command line, such as `hmm`, `dict`, `beam`. */
export type SphinxSettings = Readonly<Record<string, string>>

/**
 * A word, a phone or a filler of what was decoded. Frames are of 10 ms, both ends inclusive; the score is the log likelihood of its
 * sound relative to the best state of each frame: sums compare, between searches too.
 */
export type Segment = {
  readonly word: string
  readonly startFrame: number
  readonly endFrame: number
  readonly acousticScore: number
}

export type SphinxHandle = {
  /** Phones of a word, or nothing when the dictionary lacks it. */
  readonly lookUpWord: (word: string) => string | undefined
  readonly addWord: (word: string, phones: string) => boolean
  readonly setGrammar: (name: string, jsgf: string) => Promise<boolean>
  /** The same from sphinx FSG text. */
  readonly setFsg: (name: string, fsg: string) => Promise<boolean>
  readonly setLanguageModel: (name: string, path: string) => Promise<boolean>
  /** Without a path any phone may follow any other. */
  readonly setPhoneLoop: (name: string, path: string | undefined) => Promise<boolean>
  readonly activate: (name: string) => boolean
  readonly forget: (name: string) => void
  readonly startUtterance: () => boolean
  /** `whole`: the samples are the complete utterance, which lets the engine normalise over all of it. */
  readonly feed: (samples: Int16Array, whole: boolean) => Promise<number>
  readonly hypothesis: () => string | undefined
  /** After the end of an utterance: what its best path went through. */
  readonly segments: () => readonly Segment[]
  readonly endUtterance: () => Promise<number>
  readonly free: () => void
}

export class SphinxError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SphinxError'
  }
}

type Pointer = bigint | null

/** The engine's own default of its setting `lw`, by which it takes a grammar in JSGF. */
const languageWeight = 6.5

const libraryCandidates = ['libpocketsphinx.so.5', 'libpocketsphinx.so.3', 'libpocketsphinx.so']
const baseCandidates = ['libsphinxbase.so.3', 'libsphinxbase.so']

const optionalFunction = (library: Library, prototype: string) => {
  try {
    return library.func(prototype)
  } catch {
    // This version of the library has no such function.
    return undefined
  }
}

/** Runs the C function on a thread of the pool. */
const onThread =
  <A extends readonly unknown[], R>(call: { async: (...args: never[]) => void }) =>
  (...args: A): Promise<R> =>
    new Promise<R>((resolve, reject) => {
      const settle = (error: unknown, result: R) => (error ? reject(error) : resolve(result))
      // koffi types its functions as variadic `any`; the prototype string next to each use is what is promised.
      ;(call.async as (...all: unknown[]) => void)(...args, settle)
    })

type Configure = (settings: SphinxSettings) => { readonly config: Pointer; readonly release: () => void }

const configureLegacy = (library: Library, base: Library): Configure => {
  const argumentTable = library.func('void *ps_args(void)')
  const init = base.func('void *cmd_ln_init(void *inout, void *definitions, int strict, ...)')
  const release = base.func('int cmd_ln_free_r(void *config)')
  return (settings) => {
    const pairs = Object.entries(settings).flatMap(([name, value]) => ['str', `-${name}`, 'str', value])
    const config: Pointer = init(null, argumentTable(), 0, ...pairs, 'void *', null)
    return { config, release: () => void release(config) }
  }
}

const configureModern = (library: Library): Configure => {
  const init = library.func('void *ps_config_init(void *definitions)')
  const set = library.func('void *ps_config_set_str(void *config, const char *name, const char *value)')
  const release = library.func('int ps_config_free(void *config)')
  return (settings) => {
    const config: Pointer = init(null)
    // A setting that 5.x dropped answers null and changes nothing, which is what is wanted.
    if (config) for (const [name, value] of Object.entries(settings)) set(config, name, value)
    return { config, release: () => void release(config) }
  }
}

const legacyNames = {
  grammar: 'ps_set_jsgf_string',
  fsg: 'ps_set_fsg',
  languageModel: 'ps_set_lm_file',
  phoneLoop: 'ps_set_allphone_file',
  activate: 'ps_set_search',
  forget: 'ps_unset_search',
}
const modernNames = {
  grammar: 'ps_add_jsgf_string',
  fsg: 'ps_add_fsg',
  languageModel: 'ps_add_lm_file',
  phoneLoop: 'ps_add_allphone_file',
  activate: 'ps_activate_search',
  forget: 'ps_remove_search',
}

/** Reads FSG text through a file in memory, so that no grammar is ever on the disk. Null when the engine refuses it. */
const fsgReaderOf = (library: Library, base: Library) => {
  const system = koffi.load(null)
  const openMemory = system.func('void *fmemopen(void *memory, size_t size, const char *mode)')
  const write = system.func('size_t fwrite(const uint8_t *data, size_t size, size_t count, void *file)')
  const rewind = system.func('void rewind(void *file)')
  const close = system.func('int fclose(void *file)')
  const logMathOf = library.func('void *ps_get_logmath(void *decoder)')
  const read = base.func('void *fsg_model_read(void *file, void *logMath, float languageWeight)')
  return async (decoder: bigint, fsg: string): Promise<Pointer> => {
    const bytes = Buffer.from(fsg)
    // One more byte than there is to write: the library ends the text with a zero.
    const file: Pointer = openMemory(null, bytes.length + 1, 'w+')
    if (!file) return null
    try {
      if (write(bytes, 1, bytes.length, file) !== bytes.length) return null
      rewind(file)
      return await onThread<[bigint, Pointer, number], Pointer>(read)(file, logMathOf(decoder), languageWeight)
    } finally {
      close(file)
    }
  }
}

const functionsOf = (library: Library, base: Library, names: typeof legacyNames) => ({
  init: library.func('void *ps_init(void *config)'),
  free: library.func('int ps_free(void *decoder)'),
  lookUpWord: library.func('void *ps_lookup_word(void *decoder, const char *word)'),
  addWord: library.func('int ps_add_word(void *decoder, const char *word, const char *phones, int update)'),
  grammar: library.func(`int ${names.grammar}(void *decoder, const char *name, const char *text)`),
  languageModel: library.func(`int ${names.languageModel}(void *decoder, const char *name, const char *path)`),
  phoneLoop: library.func(`int ${names.phoneLoop}(void *decoder, const char *name, const char *path)`),
  activate: library.func(`int ${names.activate}(void *decoder, const char *name)`),
  forget: library.func(`int ${names.forget}(void *decoder, const char *name)`),
  start: library.func('int ps_start_utt(void *decoder)'),
  feed: library.func('int ps_process_raw(void *decoder, const int16_t *data, size_t count, int noSearch, int whole)'),
  end: library.func('int ps_end_utt(void *decoder)'),
  hypothesis: library.func('const char *ps_get_hyp(void *decoder, _Out_ int32_t *score)'),
  // Versions differ in whether there is a second argument; who has none does not look at it.
  firstSegment: library.func('void *ps_seg_iter(void *decoder, _Out_ int32_t *bestScore)'),
  nextSegment: library.func('void *ps_seg_next(void *segment)'),
  segmentWord: library.func('const char *ps_seg_word(void *segment)'),
  segmentFrames: library.func('void ps_seg_frames(void *segment, _Out_ int *first, _Out_ int *last)'),
  segmentScores: library.func(
    'int32_t ps_seg_prob(void *segment, _Out_ int32_t *acoustic, _Out_ int32_t *language, _Out_ int32_t *backOff)',
  ),
  release: koffi.load(null).func('void free(void *memory)'),
  readFsg: fsgReaderOf(library, base),
  addFsg: library.func(`int ${names.fsg}(void *decoder, const char *name, void *fsg)`),
  freeFsg: base.func('int fsg_model_free(void *fsg)'),
})

const segmentsOf = (calls: ReturnType<typeof functionsOf>, decoder: bigint): readonly Segment[] => {
  const segments: Segment[] = []
  // The last step frees the iterator.
  for (
    let segment: Pointer = calls.firstSegment(decoder, [0]);
    segment !== null;
    segment = calls.nextSegment(segment)
  ) {
    const [first, last, acoustic] = [[0], [0], [0]]
    const word: string = calls.segmentWord(segment)
    calls.segmentFrames(segment, first, last)
    calls.segmentScores(segment, acoustic, [0], [0])
    segments.push({ word, startFrame: first[0] ?? 0, endFrame: last[0] ?? 0, acousticScore: acoustic[0] ?? 0 })
  }
  return segments
}

const handleOf = (calls: ReturnType<typeof functionsOf>, decoder: bigint): SphinxHandle => {
  const named = (call: (typeof calls)['grammar']) => async (name: string, value: string) =>
    (await onThread<[bigint, string, string], number>(call)(decoder, name, value)) === 0
  return {
    lookUpWord: (word) => {
      const text: Pointer = calls.lookUpWord(decoder, word)
      if (!text) return undefined
      const phones: string = koffi.decode(text, 'char', -1)
      calls.release(text)
      return phones
    },
    addWord: (word, phones) => calls.addWord(decoder, word, phones, 0) >= 0,
    setGrammar: named(calls.grammar),
    setFsg: async (name, text) => {
      const fsg = await calls.readFsg(decoder, text)
      if (!fsg) return false
      try {
        return (await onThread<[bigint, string, bigint], number>(calls.addFsg)(decoder, name, fsg)) === 0
      } finally {
        // The decoder holds it by a count of its own.
        calls.freeFsg(fsg)
      }
    },
    setLanguageModel: named(calls.languageModel),
    setPhoneLoop: async (name, path) =>
      (await onThread<[bigint, string, string | null], number>(calls.phoneLoop)(decoder, name, path ?? null)) === 0,
    activate: (name) => calls.activate(decoder, name) === 0,
    forget: (name) => void calls.forget(decoder, name),
    startUtterance: () => calls.start(decoder) === 0,
    feed: (samples, whole) =>
      onThread<[bigint, Int16Array, number, number, number], number>(calls.feed)(
        decoder,
        samples,
        samples.length,
        0,
        whole ? 1 : 0,
      ),
    hypothesis: () => {
      const text: string | null = calls.hypothesis(decoder, [0])
      return text ?? undefined
    },
    segments: () => segmentsOf(calls, decoder),
    endUtterance: () => onThread<[bigint], number>(calls.end)(decoder),
    free: () => void calls.free(decoder),
  }
}

/**
 * Switches the library's own log off, once and for all decoders. The setting `logfn` of a decoder must not be used: it closes the one
 * log file of the process while other threads write to it.
 */
const silence = (library: Library) => {
  const setFile = optionalFunction(library, 'void err_set_logfp(void *file)')
  setFile?.(null)
}

/**
 * Binds to the pocketsphinx that this machine has. Throws `SphinxError` naming the Debian package when there is none.
 * `libraryPath` overrides the search.
 */
export const bindSphinx = (libraryPath?: string): SphinxBinding => {
  const library = openLibrary(...(libraryPath ? [libraryPath] : libraryCandidates))
  if (!library) throw new SphinxError('libpocketsphinx is not installed: apt-get install libpocketsphinx3')
  const modern = optionalFunction(library, 'void *ps_config_init(void *definitions)') !== undefined
  const base = modern ? library : openLibrary(...baseCandidates)
  if (!base) throw new SphinxError('libsphinxbase is not installed: apt-get install libsphinxbase3')
  silence(base)
  const configure = modern ? configureModern(library) : configureLegacy(library, base)
  const calls = functionsOf(library, base, modern ? modernNames : legacyNames)
  // Loading is not known to be safe on several threads at once.
  let loading: Promise<unknown> = Promise.resolve()
  const init = (config: bigint): Promise<Pointer> => {
    const loaded = loading.then(() => onThread<[bigint], Pointer>(calls.init)(config))
    loading = loaded.catch(() => {})
    return loaded
  }
  return {
    api: modern ? '5' : '0.8',
    openDecoder: async (settings) => {
      const { config, release } = configure(settings)
      if (!config) throw new SphinxError('pocketsphinx refused its settings')
      const decoder = await init(config)
      release()
      if (!decoder) throw new SphinxError(`pocketsphinx could not load the model in ${settings.hmm}`)
      return handleOf(calls, decoder)
    },
  }
}
