import type { Language } from '@mynah/shared/wire/topics.ts'

/** What can be downloaded: models of the sherpa-onnx project, by the names of its releases. */
export type CatalogueEntry = {
  readonly name: string
  readonly languages: readonly Language[]
  readonly downloads: readonly Download[]
  readonly engine: ModelEngine
  /** SPDX identifier, or the words of the publisher where there is none. */
  readonly licence: string
}

export type Download = {
  /** Behind the base URL. `.tar.bz2` is unpacked, anything else is put into the model's folder as it is. */
  readonly path: string
  readonly sizeBytes?: number
  /** Absent where no digest of the publisher's file could be found: a pull then needs the owner's word. */
  readonly sha256?: string
}

/** Which files of the model's folder the engine reads. */
export type ModelEngine =
  | {
      readonly type: 'streaming_zipformer'
      readonly encoder: string
      readonly decoder: string
      readonly joiner: string
      readonly tokens: string
    }
  | {
      readonly type: 'vits'
      readonly model: string
      readonly tokens: string
      readonly lexicon?: string
      readonly dataDir?: string
      readonly dictDir?: string
    }
  | {
      readonly type: 'matcha'
      readonly acousticModel: string
      readonly vocoder: string
      readonly tokens: string
      readonly lexicon: string
      readonly dictDir?: string
    }

export const releasesUrl = 'https://github.com/k2-fsa/sherpa-onnx/releases/download'

const zipformerFiles = (stem: string): ModelEngine => ({
  type: 'streaming_zipformer',
  encoder: `encoder-${stem}.int8.onnx`,
  // The decoder is small and loses accuracy when quantised; the publisher advises to take it whole.
  decoder: `decoder-${stem}.onnx`,
  joiner: `joiner-${stem}.int8.onnx`,
  tokens: 'tokens.txt',
})

/** Digests: of the releases' files, each found in several independent public projects that pin it. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: 'sherpa-onnx-streaming-zipformer-en-20M-2023-02-17',
    languages: ['en'],
    licence: 'Apache-2.0',
    engine: zipformerFiles('epoch-99-avg-1'),
    downloads: [
      {
        path: 'asr-models/sherpa-onnx-streaming-zipformer-en-20M-2023-02-17.tar.bz2',
        sizeBytes: 127_887_156,
        sha256: '9c559283e8498d3fe95913c79ca1cb454bb26281ac2b102b41306c7d752765d9',
      },
    ],
  },
  {
    name: 'sherpa-onnx-streaming-zipformer-multi-zh-hans-2023-12-12',
    languages: ['zh'],
    licence: 'Apache-2.0',
    engine: zipformerFiles('epoch-20-avg-1-chunk-16-left-128'),
    downloads: [
      {
        path: 'asr-models/sherpa-onnx-streaming-zipformer-multi-zh-hans-2023-12-12.tar.bz2',
        sizeBytes: 310_380_628,
      },
    ],
  },
  {
    name: 'sherpa-onnx-streaming-zipformer-bilingual-zh-en-2023-02-20',
    languages: ['zh', 'en'],
    licence: 'Apache-2.0',
    engine: zipformerFiles('epoch-99-avg-1'),
    downloads: [
      {
        path: 'asr-models/sherpa-onnx-streaming-zipformer-bilingual-zh-en-2023-02-20.tar.bz2',
        sha256: '27ffbd9ee24ad186d99acc2f6354d7992b27bcab490812510665fa8f9389c5f8',
      },
    ],
  },
  {
    name: 'vits-piper-en_US-lessac-medium',
    languages: ['en'],
    licence: 'see MODEL_CARD in its folder',
    engine: { type: 'vits', model: 'en_US-lessac-medium.onnx', tokens: 'tokens.txt', dataDir: 'espeak-ng-data' },
    downloads: [
      {
        path: 'tts-models/vits-piper-en_US-lessac-medium.tar.bz2',
        sha256: '9e3febfacf0abf4270172d2958bcec246032b7e88efc2720840cc80c93de334e',
      },
    ],
  },
  {
    name: 'matcha-icefall-zh-baker',
    languages: ['zh'],
    licence: 'Baker data: non-commercial',
    engine: {
      type: 'matcha',
      acousticModel: 'model-steps-3.onnx',
      vocoder: 'vocos-22khz-univ.onnx',
      tokens: 'tokens.txt',
      lexicon: 'lexicon.txt',
      dictDir: 'dict',
    },
    downloads: [
      {
        path: 'tts-models/matcha-icefall-zh-baker.tar.bz2',
        sizeBytes: 75_463_442,
        sha256: '20de2ec034b55562609d6362771c934905dfe11d0f41ec103d593427ad9a7efb',
      },
      {
        path: 'vocoder-models/vocos-22khz-univ.onnx',
        sizeBytes: 53_884_024,
        sha256: '0574a135aa1db2de6e181050db2ec528496cacd4a4701fc5d7faf9f9804c0081',
      },
    ],
  },
  {
    name: 'vits-melo-tts-zh_en',
    languages: ['zh', 'en'],
    licence: 'MIT',
    engine: { type: 'vits', model: 'model.onnx', tokens: 'tokens.txt', lexicon: 'lexicon.txt', dictDir: 'dict' },
    downloads: [
      {
        path: 'tts-models/vits-melo-tts-zh_en.tar.bz2',
        sizeBytes: 167_006_755,
        sha256: 'e58351ed7149f290a54534538badd4077cdbe6fddc964b24d0bee870415d1514',
      },
    ],
  },
]

/** Files that must be there after unpacking; folders and what newer packages left out are not asked for. */
export const neededFiles = (engine: ModelEngine): readonly string[] => {
  switch (engine.type) {
    case 'streaming_zipformer':
      return [engine.encoder, engine.decoder, engine.joiner, engine.tokens]
    case 'vits':
      return [engine.model, engine.tokens, ...(engine.lexicon ? [engine.lexicon] : [])]
    case 'matcha':
      return [engine.acousticModel, engine.vocoder, engine.tokens, engine.lexicon]
  }
}
