import { afterEach, beforeEach } from 'vitest'
import { type Browser, createApiFixture } from './api-fixture.ts'

type Fixture = ReturnType<typeof createApiFixture>
type Home = { readonly fixture: Fixture; readonly admin: Browser; readonly homeId: string }

export type ApiPerTest = Home & {
  /** The first admin in a browser of its own: for when the first login is over. */
  readonly signInAgain: () => Promise<Browser>
}

/**
 * The whole API anew for each test of a file: its first admin is signed in and has a home with `speakers`, of which those of `connected` are
 * there and answer. To be called once, outside of any test.
 */
export const apiPerTest = (
  speakers: readonly string[] = [],
  { connected = [] }: { readonly connected?: readonly string[] } = {},
): ApiPerTest => {
  let home: Home | undefined
  const now = (): Home => {
    if (!home) throw new Error('the API is there only inside of a test')
    return home
  }
  beforeEach(async () => {
    const fixture = createApiFixture()
    const { admin, homeId } = await fixture.setUp()
    for (const deviceId of speakers) fixture.enrol(deviceId, homeId)
    for (const deviceId of connected) fixture.connect(deviceId)
    home = { fixture, admin, homeId }
  })
  afterEach(async () => {
    await home?.fixture.close()
    home = undefined
  })
  return {
    get fixture() {
      return now().fixture
    },
    get admin() {
      return now().admin
    },
    get homeId() {
      return now().homeId
    },
    signInAgain: async () => {
      const again = now().fixture.browser()
      await again.signIn('ada')
      return again
    },
  }
}
