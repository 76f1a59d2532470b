import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { testDataAt } from '../../../../test/requirement.ts'
import { createLlamaCpp } from '../../../src/providers/llm/llama-cpp.ts'
import { describeLanguageModel } from './language-model-contract.ts'

const modelPath = fileURLToPath(new URL('../../../../../shared/data/stories260k/stories260K.gguf', import.meta.url))

const tinyModel = testDataAt('stories260k')

describe.skipIf(!tinyModel.isMet)(tinyModel.naming('a GGUF file in this process'), () => {
  describeLanguageModel('llama.cpp', async () => {
    const model = await createLlamaCpp({ modelPath, maxTokens: 60, threads: 1, contextSize: 256, tools: false })
    return { model, close: model.close }
  })

  it('is "unavailable" when there is no such file', async () => {
    await expect(createLlamaCpp({ modelPath: '/nowhere/model.gguf' })).rejects.toMatchObject({
      stage: 'llm',
      code: 'unavailable',
    })
  })
})
