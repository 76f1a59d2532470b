import { sameSiteHeader } from '@mynah/shared/api/client.ts'
import { contract, type EndpointName, endpointNames } from '@mynah/shared/api/contract.ts'
import { type Endpoint, isBinary } from '@mynah/shared/api/endpoint.ts'
import type { Page } from 'playwright-core'

/** Accessible names of everything on the page, but for its navigation, that can be operated. */
export const operableControls = async (page: Page): Promise<readonly string[]> => {
  const controls = await page.locator('main :is(button, input, select, textarea, [contenteditable]):enabled').all()
  const described = await Promise.all(controls.map((control) => control.ariaSnapshot()))
  // Such as `- button "Save"`; one without a name is told as it is.
  return described.map((control) => /"(.*?)"/.exec(control)?.[1] ?? control)
}

/** Every endpoint that changes something and is not for viewers: of this home, or of the cloud. */
export const forbiddenToViewers: readonly EndpointName[] = endpointNames.filter((name) => {
  const { method, access }: Endpoint = contract[name]
  if (method === 'GET') return false
  return access.type === 'system' || (access.type === 'of_home' && access.atLeast !== 'viewer')
})

/** Asks for an endpoint over HTTP as somebody with this token; the status of the answer. */
export const statusOf = async (
  name: EndpointName,
  as: { readonly baseUrl: string; readonly token: string; readonly params: Readonly<Record<string, string>> },
): Promise<number> => {
  const { method, path, body }: Endpoint = contract[name]
  // What is not known is something that does not exist: who may not change it is not told so.
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, param: string) => as.params[param] ?? 'none')
  const contentType = body !== undefined && isBinary(body) ? body.contentType : 'application/json'
  const response = await fetch(`${as.baseUrl}${filled}`, {
    method,
    headers: { authorization: `Bearer ${as.token}`, [sameSiteHeader]: '1', 'content-type': contentType },
    ...(body === undefined ? {} : { body: '{}' }),
  })
  return response.status
}
