import { parseJson } from '@mynah/shared/parse-json.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import type { ApiTally, Caller } from './api-caller.ts'
import { createArrivals } from './arrivals.ts'
import { createConfigChanges } from './config-changes.ts'
import { createHistogram } from './histogram.ts'
import type { ApiPlan, ApiReport } from './load-messages.ts'
import type { LoadPart } from './load-part.ts'
import { watchLoopLag } from './loop-lag.ts'
import { createRawHttp, headerOf, type RawAnswer, type RawHttp } from './raw-http.ts'
import { createViolationCount } from './violation-count.ts'

const sessionSchema = v.object({ access_token: v.string() })
const listSchema = v.object({ items: v.array(v.object({ device_id: v.string(), home_id: v.string() })) })
/** People who sign in with a password: each costs the cloud an argon2 hash, so these are few. */
const signedIn = 12
/** People who call at all. */
const callers = 200
const checkedEvery = 20
const maxInFlight = 2_000
const turnMs = 5
/** Less than what is waited before anything counts. */
const rampMs = 3_000
/** An access token lives ten minutes. */
const signInEveryMs = 480_000

const createCallers = async (plan: ApiPlan, http: RawHttp): Promise<readonly Caller[]> => {
  const all = plan.people.slice(0, callers).map(
    (person, index): Caller => ({
      person,
      hasLogin: index < signedIn,
      token: person.token,
      cookie: '',
      isRenewing: false,
      etags: new Map(),
    }),
  )
  await Promise.all(all.filter(({ hasLogin }) => hasLogin).map((caller) => signIn(caller, http)))
  return all
}

/** Beside the token of the fleet file some use a login, as the panel does. */
const signIn = async (caller: Caller, http: RawHttp) => {
  const { login, password } = caller.person
  const answer = await http.request({ method: 'POST', path: '/api/login', body: JSON.stringify({ login, password }) })
  if (!takeSession(caller, answer))
    throw new Error(`a person of the fleet cannot sign in: ${answer.status} ${answer.body.slice(0, 200)}`)
}

const takeSession = (caller: Caller, { headers, body }: RawAnswer): boolean => {
  const session = v.safeParse(sessionSchema, parseJson(body))
  if (!session.success) return false
  caller.token = session.output.access_token
  caller.cookie = headerOf(headers, 'set-cookie')?.split(';')[0] ?? ''
  return true
}

/** As the panel does when its access token is over. False when the login is over, too. */
const renew = async (caller: Caller, http: RawHttp): Promise<boolean> => {
  const headers = { cookie: caller.cookie }
  return takeSession(caller, await http.request({ method: 'POST', path: '/api/session/refresh', headers }))
}

/** What people ask for: mostly the list of their speakers, often unchanged; now and then one of them, or the last turns. */
const createReading = (plan: ApiPlan, http: RawHttp, { violations, note, isEndedToken }: ApiTally, clock: Clock) => {
  let count = 0
  const checkList = ({ person }: Caller, body: string) => {
    const list = v.safeParse(listSchema, parseJson(body))
    if (!list.success) return violations.note('a list of speakers is not valid')
    const own = new Set([...person.home_ids, plan.watchedHome])
    if (list.output.items.some(({ home_id }) => !own.has(home_id))) violations.note("a list shows a stranger's speaker")
  }
  const pathOf = ({ person }: Caller, index: number): string => {
    const kind = index % 20
    const homeId = person.home_ids[index % Math.max(1, person.home_ids.length)] ?? ''
    const [deviceId] = plan.devicesOf[homeId] ?? []
    if (kind < 14 || deviceId === undefined) return '/api/devices?limit=20'
    return kind < 19 ? `/api/devices/${deviceId}` : '/api/turns?limit=10'
  }
  return async (caller: Caller, dueMs: number) => {
    const index = count++
    const path = pathOf(caller, index)
    const etag = index % 3 === 0 ? caller.etags.get(path) : undefined
    const headers = etag === undefined ? {} : { 'if-none-match': etag }
    const answer = await http.request({ method: 'GET', path, token: caller.token, headers })
    note(answer.status, clock.now() - dueMs)
    const found = headerOf(answer.headers, 'etag')
    if (found !== undefined) caller.etags.set(path, found)
    if (answer.status === 200 && path.startsWith('/api/devices?') && index % checkedEvery === 0)
      checkList(caller, answer.body)
    if (![200, 304, 503, 429].includes(answer.status) && !isEndedToken(caller, answer.status))
      violations.note(`an API request was answered with ${answer.status}`)
  }
}

/** API clients at a constant rate, whether answers come or not: what is late is counted from when it was due. */
export const prepareApi = async (plan: ApiPlan, clock: Clock): Promise<LoadPart<ApiReport>> => {
  const http = createRawHttp({ clock, url: plan.url, connections: plan.connections })
  const people = await createCallers(plan, http)
  const violations = createViolationCount()
  const latency = createHistogram()
  const config = createHistogram()
  const stopping = new AbortController()
  const running: Promise<void>[] = []
  const lag = watchLoopLag(clock)
  let answered = 0
  let refused = 0
  let answeredInHold = 0
  let configsAnswered = 0
  let configsLate = 0
  let tokensRenewed = 0
  let heldMs = 0
  let heldSinceMs: number | undefined
  let skipped = 0

  const note = (status: number, ms: number) => {
    if (status === 503 || status === 429) refused++
    else if (status !== 0) answered++
    if (heldSinceMs === undefined || status === 0 || status === 503 || status === 429) return
    answeredInHold++
    latency.add(ms)
  }
  /** Once for all requests that were under way with the old token. */
  const isEndedToken = (caller: Caller, status: number): boolean => {
    if (status !== 401 || !plan.toleratesFaults || !caller.hasLogin) return false
    if (caller.isRenewing) return true
    tokensRenewed++
    caller.isRenewing = true
    renew(caller, http)
      .then((isRenewed) => {
        if (!isRenewed) violations.note('a login did not survive that the clock was set')
      })
      .catch(() => violations.note('an API client failed'))
      .finally(() => {
        caller.isRenewing = false
      })
    return true
  }
  const tally: ApiTally = { violations, note, isEndedToken, noteLate: () => void configsLate++ }
  const read = createReading(plan, http, tally, clock)
  const changing = createConfigChanges(plan, http, tally, clock)
  /** A person of its own for each request, in turn. */
  const callerAt = (index: number) => people[index % people.length]

  const atRate = async (perSecond: number, act: (index: number, dueMs: number) => void) => {
    const arrivals = createArrivals({ perSecond, rampMs })
    const startedMs = clock.now()
    for (let done = 0; !stopping.signal.aborted; ) {
      const due = arrivals.dueBy(clock.now() - startedMs)
      for (; done < due; done++) act(done, startedMs + arrivals.dueMs(done))
      await clock.sleep(turnMs, stopping.signal)
    }
  }
  const readOne = (index: number, dueMs: number) => {
    const caller = callerAt(index)
    if (!caller) return
    // A cloud that answers nothing must not fill the memory of the generator; what it would have asked counts as not answered.
    if (http.inFlight() > maxInFlight) skipped++
    else read(caller, dueMs).catch(() => violations.note('an API client failed'))
  }
  const changeOne = (index: number) => {
    const caller = callerAt(index)
    if (!caller) return
    changing
      .change(caller)
      .then(({ ms, answered: isAnswered }) => {
        if (!isAnswered) return
        configsAnswered++
        if (heldSinceMs !== undefined) config.add(ms)
      })
      .catch(() => violations.note('a configuration client failed'))
  }
  const renewLogins = async () => {
    while (!stopping.signal.aborted) {
      await clock.sleep(signInEveryMs, stopping.signal)
      if (!stopping.signal.aborted) await Promise.all(people.slice(0, signedIn).map((caller) => signIn(caller, http)))
    }
  }
  return {
    begin: () => {
      if (plan.requestsPerSecond > 0) running.push(atRate(plan.requestsPerSecond, readOne))
      if (plan.configsPerSecond > 0) running.push(atRate(plan.configsPerSecond, changeOne))
      running.push(renewLogins())
    },
    hold: (on) => {
      if (on) heldSinceMs = clock.now()
      else if (heldSinceMs !== undefined) {
        heldMs += clock.now() - heldSinceMs
        heldSinceMs = undefined
      }
    },
    stop: async () => {
      stopping.abort()
      await Promise.all(running)
      while (http.inFlight() > 0) await clock.sleep(turnMs)
      await changing.settled()
      lag.stop()
      http.close()
      if (skipped > 0) violations.note(`${skipped} API requests could not be sent: too many were unanswered`)
    },
    report: () => ({
      answered,
      refused,
      heldMs,
      answeredInHold,
      configsAnswered,
      configsLate,
      tokensRenewed,
      latency: latency.counts,
      config: config.counts,
      loopLag: lag.lag.counts,
      violations: violations.all(),
    }),
  }
}
