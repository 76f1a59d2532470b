type Json = Readonly<Record<string, unknown>>
type Operation = {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly tags: readonly string[]
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly schema: Json
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> }
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: Json }>> }
    >
  >
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
const code = (value: unknown): string => `<pre>${escaped(JSON.stringify(value, null, 2))}</pre>`

const contentOf = (content: Operation['requestBody']): string =>
  Object.entries(content?.content ?? {})
    .map(([type, { schema }]) => `<p><code>${escaped(type)}</code></p>${code(schema)}`)
    .join('')

const parameterRow = ({ name, in: where, required, schema }: Operation['parameters'][number]) =>
  `<tr><td><code>${escaped(name)}</code></td><td>${where}${required ? '' : ', optional'}</td><td><code>${escaped(JSON.stringify(schema))}</code></td></tr>`

const operationSection = (path: string, method: string, operation: Operation): string => {
  const { operationId, summary, description, parameters, requestBody, responses, security } = operation
  const scope = security.flatMap(({ api_token }) => api_token ?? [])
  const rows = parameters.map(parameterRow).join('')
  const replies = Object.entries(responses)
    .filter(([status]) => status !== 'default')
    .map(([status, { content }]) => `<h4>${status}</h4>${content ? contentOf({ content }) : '<p>No body.</p>'}`)
    .join('')
  return `<details id="${operationId}"><summary><b class="${method}">${method.toUpperCase()}</b> <code>${escaped(path)}</code> <span>${escaped(summary)}</span></summary>
<p>${escaped(description)}${scope.length > 0 ? ` API token: <code>${scope.join(', ')}</code>.` : ''} <a href="#${operationId}">${operationId}</a></p>
${rows === '' ? '' : `<h4>Parameters</h4><table><tbody>${rows}</tbody></table>`}
${requestBody ? `<h4>Body</h4>${contentOf(requestBody)}` : ''}${replies}</details>`
}

export const docsStyle = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:64rem;margin:2rem auto;padding:0 1rem}h2{margin-top:2.5rem}
details{border:1px solid #8884;border-radius:8px;margin:.5rem 0;padding:.5rem .75rem}details:target{border-color:#2a7}
summary{cursor:pointer}summary span{opacity:.75}summary b{display:inline-block;min-width:4.5rem}
.get{color:#07a}.post{color:#283}.put,.patch{color:#a60}.delete{color:#c33}
pre,table{overflow:auto;display:block;font-size:.85rem;background:#8881;padding:.75rem;border-radius:6px}td{padding:.15rem .75rem .15rem 0;vertical-align:top}
@media(prefers-color-scheme:dark){.get{color:#6bf}.post{color:#7d8}.put,.patch{color:#fb6}.delete{color:#f88}}`

/** The whole API on one page that needs no script: each endpoint opens where it stands. */
export const docsPage = (openApi: Json): string => {
  // Made by openapi.ts of the same folder.
  const paths = openApi.paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const tags = [...new Set(operations.map(({ operation }) => operation.tags[0] ?? ''))]
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => operation.tags[0] === tag)
    const list = own.map(({ path, method, operation }) => operationSection(path, method, operation)).join('\n')
    return `<section><h2>${escaped(tag)}</h2>${list}</section>`
  })
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Mynah: API</title><link rel="stylesheet" href="/api/docs.css"></head><body><h1>Mynah API</h1>
<p>Machine-readable: <a href="/api/openapi.json">/api/openapi.json</a>. Errors are <code>application/problem+json</code> (RFC 9457) with a stable <code>code</code>. Live events: <code>/ws</code>, with a ticket of <a href="#createLiveTicket">POST /api/live/ticket</a>.</p>
${code((openApi.components as { readonly schemas: Json }).schemas.Problem)}
${sections.join('\n')}</body></html>`
}
