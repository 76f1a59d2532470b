import { createApiClient } from '@mynah/shared/api/client.ts'
import type { EndpointName, ReplyOf, RequestOf } from '@mynah/shared/api/contract.ts'

const person = (baseUrl: string) => {
  let token: string | undefined
  const client = createApiClient({
    fetch: (url, init) => fetch(url, init),
    baseUrl,
    accessToken: {
      get: () => token,
      set: (now) => {
        token = now
      },
    },
  })
  const call = async <N extends EndpointName>(name: N, request: RequestOf<N>): Promise<ReplyOf<N>> => {
    const answer = await client.call(name, request)
    if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer.error)}`)
    return answer.value
  }
  /** From here on everything is called as who entered. */
  const enter = ({ access_token, me }: ReplyOf<'logIn'>) => {
    token = access_token
    return { call, token, me }
  }
  return { call, enter }
}

/** The API as a person without any browser: what is refused throws. */
export const logInAtApi = async (baseUrl: string, login: string, password: string) => {
  const { call, enter } = person(baseUrl)
  return enter(await call('logIn', { body: { login, password } }))
}

/** The same for the first admin of a cloud that nobody has set up; `setupUrl` is the one-time link that it prints. */
export const setUpAtApi = async (
  baseUrl: string,
  { setupUrl, ...account }: { readonly setupUrl: string } & Omit<RequestOf<'setUp'>['body'], 'token'>,
) => {
  const { call, enter } = person(baseUrl)
  const token = new URL(setupUrl).pathname.split('/').at(-1) ?? ''
  return enter(await call('setUp', { body: { ...account, token } }))
}
