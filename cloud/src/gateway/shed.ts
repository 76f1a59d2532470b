import type { DirectAnswers } from './http-server.ts'

const retryAfterS = 2
const body = JSON.stringify({
  type: 'about:blank',
  title: 'Not available',
  status: 503,
  code: 'unavailable',
  detail: `This cloud has more to do than it can right now. Try again in ${retryAfterS} s.`,
})

/**
 * Answers the API with 503 and Retry-After while there is too much to do, before anything is looked up or parsed. Health, metrics,
 * pages and the sound of turns under way are never refused.
 */
export const createShed =
  (isOverloaded: () => boolean): DirectAnswers =>
  (request, response) => {
    if (!request.url?.startsWith('/api/') || !isOverloaded()) return false
    response.writeHead(503, {
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(body),
      'retry-after': String(retryAfterS),
      'cache-control': 'no-store',
    })
    response.end(body)
    return true
  }
