import { contract, endpointNames } from '@mynah/shared/api/contract.ts'
import { type AccessRule, type Endpoint, isBinary } from '@mynah/shared/api/endpoint.ts'
import { pathParams } from '@mynah/shared/api/fields.ts'
import { problemSchema } from '@mynah/shared/api/problem.ts'
import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'

type Json = Readonly<Record<string, unknown>>
type JsonObject = Record<string, unknown>

/** Rules without a word in JSON Schema (trimming, time zones) are left out; the cloud checks them all the same. */
const config: ConversionConfig = { target: 'draft-2020-12', errorMode: 'ignore', typeMode: 'input' }

const schemaOf = (schema: v.GenericSchema, typeMode: 'input' | 'output' = 'input'): JsonObject => {
  const { $schema: _dialect, ...rest } = toJsonSchema(schema, { ...config, typeMode })
  return rest
}

const describeAccess = (access: AccessRule): string => {
  switch (access.type) {
    case 'public':
      return 'For everybody.'
    case 'signed_in':
      return 'For everybody who is signed in.'
    case 'any_home':
      return `Shows what is in the homes where the caller is at least ${access.atLeast}.`
    case 'of_home':
      return `For who is at least ${access.atLeast} in the home of this ${access.by.replace('_id', '')}; to others it does not exist.`
    case 'system':
      return 'For who runs this cloud.'
  }
}

const keyParameter: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A name for this request, of your own making: sent again with the same key and body within 24 hours it is done once and answered alike; with another body it is refused (422 key_reused).',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
}

const parametersOf = ({ path, query, onceByKey }: Endpoint): Json[] => {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    // The contract's paths hold nothing but these names.
    schema: schemaOf(pathParams[name as keyof typeof pathParams]),
  }))
  const ofPath = onceByKey ? [...inPath, keyParameter] : inPath
  if (!query) return ofPath
  const { properties = {}, required = [] } = schemaOf(query) as { properties?: JsonObject; required?: string[] }
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
  return [...ofPath, ...inQuery]
}

const requestBodyOf = ({ body }: Endpoint): Json => {
  if (body === undefined) return {}
  const content = isBinary(body)
    ? {
        [body.contentType]: {
          schema: { type: 'string', contentMediaType: body.contentType, maxLength: body.maxBytes },
        },
      }
    : { 'application/json': { schema: schemaOf(body) } }
  return { requestBody: { required: true, content } }
}

const replyOf = ({ reply, summary }: Endpoint): Json => {
  if (reply === 'none') return { description: 'Done.' }
  if (reply === 'file')
    return { description: summary, content: { 'application/octet-stream': { schema: { type: 'string' } } } }
  return { description: summary, content: { 'application/json': { schema: schemaOf(reply, 'output') } } }
}

const securityOf = ({ access, scope }: Endpoint): Json[] => {
  if (access.type === 'public') return []
  return scope === 'none' ? [{ login: [] }] : [{ login: [] }, { api_token: [scope] }]
}

const operationOf = (name: string, endpoint: Endpoint): Json => ({
  operationId: name,
  summary: endpoint.summary,
  description: describeAccess(endpoint.access),
  tags: [endpoint.path.split('/')[2] ?? 'api'],
  security: securityOf(endpoint),
  parameters: parametersOf(endpoint),
  ...requestBodyOf(endpoint),
  responses: {
    [endpoint.status]: replyOf(endpoint),
    default: {
      description: 'Refused: the code says why.',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
})

/** OpenAPI 3.1, generated from the contract. */
export const openApiOf = (version: string): Json => {
  const paths: Record<string, JsonObject> = {}
  for (const name of endpointNames) {
    const endpoint: Endpoint = contract[name]
    const item = paths[endpoint.path] ?? {}
    item[endpoint.method.toLowerCase()] = operationOf(name, endpoint)
    paths[endpoint.path] = item
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Mynah', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: {
        login: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The access token of POST /api/login, ten minutes.',
        },
        api_token: { type: 'http', scheme: 'bearer', description: 'A token of POST /api/tokens, with its scopes.' },
      },
    },
  }
}
