import { describe, expect, test } from 'vitest'
import { phone } from './browser.ts'
import { signIn } from './every-page.ts'
import { password } from './fake-people.ts'
import { viewOf } from './fake-state.ts'
import { heldPut } from './held-put.ts'
import { panelInBrowser } from './panel-in-browser.ts'

const panel = panelInBrowser()

const row = (name: string) => panel.page.locator('.speaker-row', { hasText: name })

describe('signing in', () => {
  test('needs nothing but the keyboard', async () => {
    await panel.page.goto(panel.cloud.url)
    await panel.page.locator('input[name=login]').waitFor()
    await panel.page.keyboard.press('Tab')
    await panel.page.keyboard.type('ada')
    await panel.page.keyboard.press('Tab')
    await panel.page.keyboard.type(password)
    await panel.page.keyboard.press('Enter')
    await row('Kitchen').first().waitFor()
  })

  test('says in words what was wrong and asks for the second factor', async () => {
    await panel.page.goto(panel.cloud.url)
    await panel.page.getByLabel('Login').fill('wei')
    await panel.page.getByLabel('Password').fill('wrong password')
    await panel.page.getByRole('button', { name: 'Log in' }).click()
    await panel.page.getByRole('alert').getByText('Login or password is wrong.').waitFor()
    await panel.page.getByLabel('Password').fill(password)
    await panel.page.getByRole('button', { name: 'Log in' }).click()
    await panel.page.getByLabel('Code from your authenticator app').fill('123456')
    await panel.page.getByRole('button', { name: 'Log in' }).click()
    await row('Kitchen').first().waitFor()
  })

  test('lasts over a reload and ends with logging out', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/account`)
    await panel.page.reload()
    await panel.page.getByRole('button', { name: 'Log out', exact: true }).click()
    await panel.page.getByRole('heading', { name: 'Log in' }).waitFor()
    await panel.page.reload()
    await panel.page.getByRole('heading', { name: 'Log in' }).waitFor()
  })

  test.each([
    ['ada', 'Dinner is ready'],
    ['wei', ''],
  ])('again after a login that ended in mid-edit, as %s, finds the text of ada as %j', async (login, left) => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/announce`)
    await panel.page.getByLabel('What to say').fill('Dinner is ready')
    const problem = { type: 'about:blank', title: '', status: 401, detail: '', code: 'unauthenticated' }
    await panel.page.route('**/api/**', (route) => route.fulfill({ status: 401, json: problem }))
    await panel.page.getByRole('button', { name: 'Announce', exact: true }).click()
    const cover = panel.page.locator('dialog.entry-again[open]')
    await cover.getByText('Your login has ended.').waitFor()
    expect(await cover.getByLabel('Password').evaluate((field) => field === field.ownerDocument.activeElement)).toBe(
      true,
    )
    await panel.page.unroute('**/api/**')
    await cover.getByLabel('Login').fill(login)
    await cover.getByLabel('Password').fill(password)
    await cover.getByRole('button', { name: 'Log in' }).click()
    if (login === 'wei') {
      await cover.getByLabel('Code from your authenticator app').fill('123456')
      await cover.getByRole('button', { name: 'Log in' }).click()
    }
    await cover.waitFor({ state: 'detached' })
    // By its kind: the panel takes the language of whoever has come.
    await expect.poll(() => panel.page.locator('textarea').inputValue()).toBe(left)
  })

  test('comes with the first account, made by the one-time link', async () => {
    await panel.page.goto(`${panel.cloud.url}/setup/${panel.cloud.state.setupToken}`)
    await panel.page.getByLabel('Your name').fill('Grace')
    await panel.page.getByLabel('Login').fill('grace')
    await panel.page.getByLabel('Password', { exact: true }).fill(password)
    await panel.page.getByRole('button', { name: 'Create account' }).click()
    await row('Kitchen').first().waitFor()
    expect(panel.cloud.state.people[0]?.login).toBe('grace')
  })
})

describe('the language', () => {
  test('that a new speaker is to speak goes with its token: that of the panel, unless another is chosen', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(panel.cloud.url)
    await panel.page.getByRole('button', { name: 'Add a speaker' }).click()
    const language = panel.page.getByRole('dialog').getByLabel('Language')
    await expect.poll(() => language.inputValue()).toBe('en')
    await language.selectOption('zh')
    const asked = panel.page.waitForRequest((request) => request.url().endsWith('/enrolment-tokens'))
    await panel.page.getByRole('button', { name: 'Make a token' }).click()
    expect((await asked).postDataJSON()).toEqual({ language: 'zh' })
  })

  test('changes without a reload, and is kept', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/account`)
    await panel.page.evaluate('window.notReloaded = true')
    await panel.page.getByRole('radio', { name: '中文' }).check()
    await panel.page.getByRole('heading', { level: 1, name: '账户' }).waitFor()
    await panel.page.getByRole('link', { name: '音箱', exact: true }).click()
    await panel.page.getByText('9 台中 7 台在线').waitFor()
    expect(await panel.page.evaluate('[window.notReloaded, document.documentElement.lang, document.title]')).toEqual([
      true,
      'zh-CN',
      '音箱 · Mynah',
    ])
    await panel.page.reload()
    await panel.page.getByRole('heading', { level: 1, name: '音箱' }).waitFor()
  })
})

describe('a change', () => {
  test('shows at once, reaches the cloud and stays', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/speakers/kitchen`)
    const volume = panel.page.getByRole('slider', { name: 'Volume' })
    await volume.focus()
    await panel.page.keyboard.press('ArrowRight')
    await panel.page.locator('output').first().getByText('41').waitFor()
    await expect.poll(() => panel.cloud.state.devices.get('kitchen')?.volume).toBe(41)
  })

  test('that is refused is taken back where everybody sees it', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/speakers/kitchen`)
    panel.cloud.state.delayMs = 300
    panel.cloud.state.refuseNext.set('setDeviceConfig', { status: 503, code: 'unavailable' })
    const mute = panel.page.getByRole('switch', { name: 'Mute the microphone' })
    await mute.click()
    await expect.poll(() => mute.getAttribute('aria-checked')).toBe('true')
    await panel.page.locator('.toast', { hasText: 'is back as it was' }).waitFor()
    await expect
      .poll(() => panel.page.getByRole('switch', { name: 'Mute the microphone' }).getAttribute('aria-checked'))
      .toBe('false')
    await expect.poll(() => panel.page.locator('.rolled-back').count()).toBe(1)
  })

  test('of an offline speaker is stored and says that it waits', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/speakers/garage`)
    await panel.page.getByRole('switch', { name: 'Mute the microphone' }).click()
    await panel.page.getByText('applied as soon as it is back').waitFor()
    expect(panel.cloud.state.devices.get('garage')?.config.config.muted).toBe(true)
  })

  test('on an older version is refused and what is there now is shown', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/speakers/kitchen`)
    const name = panel.page.getByLabel('Name', { exact: true })
    await name.fill('Galley')
    const kitchen = panel.cloud.state.devices.get('kitchen')
    if (!kitchen) throw new Error('the fake has no kitchen')
    const config = { ...kitchen.config, version: 9, config: { ...kitchen.config.config, name: 'Cuisine' } }
    panel.cloud.state.devices.set('kitchen', { ...kitchen, name: 'Cuisine', config, config_version: 9 })
    await panel.page.getByRole('button', { name: 'Save' }).click()
    await panel.page.locator('.toast', { hasText: 'Somebody changed this meanwhile' }).waitFor()
    await expect.poll(() => panel.page.getByLabel('Name', { exact: true }).inputValue()).toBe('Cuisine')
  })

  test('of the volumes of media and alarms reaches the cloud with the version, and follows the replies again', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/speakers/kitchen`)
    const config = () => panel.cloud.state.devices.get('kitchen')?.config
    const save = async () => {
      const { version = 0 } = config() ?? {}
      await panel.page.getByRole('button', { name: 'Save' }).click()
      await expect.poll(() => config()?.version).toBe(version + 1)
    }
    const media = panel.page.getByRole('switch', { name: 'Media has a volume of its own' })
    await media.click()
    await panel.page.getByRole('slider', { name: 'Volume of media' }).fill('15')
    await panel.page.getByRole('switch', { name: 'Alarms have a volume of their own' }).click()
    await panel.page.getByRole('slider', { name: 'Volume of alarms' }).fill('70')
    await panel.page.getByRole('slider', { name: 'Alarms are never quieter than' }).fill('35')
    await save()
    expect(config()?.config).toMatchObject({ media_volume: 15, alarm_volume: 70, alarm_min_volume: 35 })
    await expect.poll(() => media.getAttribute('aria-checked')).toBe('true')
    await media.click()
    await save()
    expect(config()?.config).not.toHaveProperty('media_volume')
    expect(config()?.config.alarm_volume).toBe(70)
  })

  test('takes a room away when its field is emptied, and says that a name is needed', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/speakers/kitchen`)
    const config = () => panel.cloud.state.devices.get('kitchen')?.config.config
    const save = panel.page.getByRole('button', { name: 'Save' })
    expect(config()?.room).toBeDefined()
    await panel.page.getByLabel('Room', { exact: true }).fill('')
    await save.click()
    await expect.poll(() => config()).not.toHaveProperty('room')
    const name = panel.page.getByLabel('Name', { exact: true })
    await name.fill('  ')
    await panel.page.getByText('A speaker needs a name.').waitFor()
    expect([await name.getAttribute('aria-invalid'), await save.isDisabled()]).toEqual(['true', true])
  })

  test('leaves what is being typed, while it is saved and when somebody else changes something', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/speakers/kitchen`)
    const config = () => panel.cloud.state.devices.get('kitchen')?.config
    const room = panel.page.getByLabel('Room', { exact: true })
    const name = panel.page.getByLabel('Name', { exact: true })
    await room.fill('Attic')
    const answerPut = await heldPut(panel.page)
    await panel.page.getByRole('button', { name: 'Save' }).click()
    await name.fill('Wren')
    answerPut()
    await expect.poll(() => config()?.config.room).toBe('Attic')
    const version = config()?.version ?? 0
    await panel.page.getByLabel('Volume', { exact: true }).first().press('ArrowRight')
    await expect.poll(() => config()?.version).toBeGreaterThan(version)
    await expect.poll(() => room.inputValue()).toBe('Attic')
    expect(await name.inputValue()).toBe('Wren')
    await panel.page.getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => config()?.config).toMatchObject({ room: 'Attic', name: 'Wren' })
  })

  test('of a volume on an older version is refused and taken back', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/speakers/kitchen`)
    const least = panel.page.getByRole('slider', { name: 'Alarms are never quieter than' })
    await expect.poll(() => least.inputValue()).toBe('50')
    await least.fill('10')
    const kitchen = panel.cloud.state.devices.get('kitchen')
    if (!kitchen) throw new Error('the fake has no kitchen')
    const config = { ...kitchen.config, version: 9, config: { ...kitchen.config.config, alarm_min_volume: 60 } }
    panel.cloud.state.devices.set('kitchen', { ...kitchen, config, config_version: 9 })
    await panel.page.getByRole('button', { name: 'Save' }).click()
    await panel.page.locator('.toast', { hasText: 'Somebody changed this meanwhile' }).waitFor()
    await expect.poll(() => least.inputValue()).toBe('60')
    expect(panel.cloud.state.devices.get('kitchen')?.config.config.alarm_min_volume).toBe(60)
  })

  test('is not offered to a viewer', async () => {
    await signIn(panel.page, panel.cloud, 'vera')
    await panel.page.goto(`${panel.cloud.url}/speakers/kitchen`)
    await expect.poll(() => panel.page.getByRole('switch', { name: 'Mute the microphone' }).isDisabled()).toBe(true)
    await expect.poll(() => panel.page.getByRole('button', { name: 'Restart' }).count()).toBe(0)
    await expect.poll(() => panel.page.getByRole('button', { name: 'Save' }).count()).toBe(0)
  })
})

describe('live', () => {
  const setOnline = (deviceId: string, online: boolean) => {
    const detail = panel.cloud.state.devices.get(deviceId)
    if (!detail) throw new Error(`the fake has no ${deviceId}`)
    const next = { ...detail, online }
    panel.cloud.state.devices.set(deviceId, next)
    panel.cloud.emit({ type: 'status_update', device_id: deviceId, home_id: 'h-home', device: viewOf(next) })
  }
  const isLive = () => panel.page.locator('.sidebar .live-state', { hasText: 'Live' }).waitFor()

  test('a report changes its row and the count', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(panel.cloud.url)
    await isLive()
    setOnline('garage', true)
    await panel.page.getByText('8 of 9 online').waitFor()
    await row('Garage').locator('.wide-only', { hasText: 'Idle' }).waitFor()
  })

  test('a turn shows what is heard and answered while it happens', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/speakers/kitchen`)
    await isLive()
    const turn = {
      type: 'session',
      device_id: 'kitchen',
      home_id: 'h-home',
      session_id: 'turn000000000000000999',
      heard: 'what time',
      heard_is_final: false,
      reply: null,
      outcome: null,
      error: null,
    } as const
    await panel.page.getByText('Nobody is talking to it.').waitFor()
    panel.cloud.emit({ ...turn, phase: 'recognising' })
    await panel.page.locator('.bubble', { hasText: 'what time' }).waitFor()
    panel.cloud.emit({
      ...turn,
      phase: 'speaking',
      heard: 'what time is it',
      heard_is_final: true,
      reply: 'Twenty to five.',
    })
    await panel.page.locator('.bubble-reply', { hasText: 'Twenty to five.' }).waitFor()
    panel.cloud.emit({ ...turn, phase: 'ended' })
    await panel.page.getByText('Nobody is talking to it.').waitFor()
  })

  test('a restart of the cloud shows a banner, loses nothing and needs no reload', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(panel.cloud.url)
    await isLive()
    await panel.page.evaluate('window.notReloaded = true')
    panel.cloud.setDown(true)
    await panel.page.locator('.banner').waitFor()
    setOnline('garage', true)
    panel.cloud.setDown(false)
    await panel.page.getByText('8 of 9 online').waitFor()
    await panel.page.locator('.banner').waitFor({ state: 'detached' })
    expect(await panel.page.evaluate('window.notReloaded')).toBe(true)
  })

  test('a page that is opened while the cloud is away waits for it', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(panel.cloud.url)
    await isLive()
    await panel.page.waitForResponse(/alarms-/)
    await panel.page.waitForLoadState('networkidle')
    panel.cloud.setDown(true)
    await panel.page.getByRole('link', { name: 'Alarms' }).click()
    await panel.page.getByText('The cloud does not answer.').waitFor()
    panel.cloud.setDown(false)
    await panel.page.getByRole('button', { name: 'Try again' }).click()
    await panel.page.getByText('Pasta').waitFor()
  })
})

describe('conversations', () => {
  test('come page by page, are searched, and show where the time went', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/conversations`)
    await panel.page.locator('.turn-row').first().waitFor()
    await expect.poll(() => panel.page.locator('.turn-row').count()).toBe(50)
    await panel.page.getByRole('button', { name: 'Load more' }).click()
    await expect.poll(() => panel.page.locator('.turn-row').count()).toBe(100)
    await panel.page.getByLabel('Search what was said and answered').fill('hill mynah')
    await expect.poll(() => panel.page.locator('.turn-row').count()).toBeLessThan(20)
    await panel.page.locator('.turn-row').first().click()
    const picture = panel.page.getByRole('img', { name: /Where the time went/ })
    await expect.poll(() => picture.getAttribute('aria-label')).toContain('Language model')
    await panel.page.getByRole('button', { name: 'Right' }).click()
    await expect.poll(() => panel.cloud.state.turns[3]?.feedback?.verdict).toBe('right')
  })

  test('that were typed speak of no speech, of no sound on the way, and of no others where there are none', async () => {
    const [typed] = panel.cloud.state.turns
    if (!typed) throw new Error('there are no turns')
    const nothing = { sent: 0, lost: 0, recovered: 0, late: 0 }
    const sound = { device_audio: { ...nothing, concealed: 0 }, uplink_audio: null }
    const conversation = [{ session_id: typed.session_id, started_at: typed.started_at }]
    panel.cloud.state.turns[0] = { ...typed, ...sound, trigger: 'text', conversation }
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/conversations/${typed.session_id}`)
    await panel.page.getByText('From the typed question to the first sound of the answer.').waitFor()
    await expect.poll(() => panel.page.getByRole('heading', { name: 'Sound on the way' }).count()).toBe(0)
    await expect.poll(() => panel.page.getByRole('heading', { name: 'The same conversation' }).count()).toBe(0)
  })

  test('are deleted after a question, and a person who says no keeps them', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/conversations/turn000000000000000000`)
    await panel.page.getByRole('button', { name: 'Delete this turn' }).click()
    await panel.page.keyboard.press('Escape')
    expect(panel.cloud.state.turns.length).toBe(130)
    await panel.page.getByRole('button', { name: 'Delete this turn' }).click()
    await panel.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await panel.page.getByRole('heading', { level: 1, name: 'Conversations' }).waitFor()
    expect(panel.cloud.state.turns.length).toBe(129)
  })
})

describe('an examination', () => {
  test('is told in the language of the panel, what is to be mended first, and follows a change of it', async () => {
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/speakers/kitchen`)
    await panel.page.getByRole('button', { name: 'Examine' }).click()
    const findings = panel.page.getByRole('dialog').locator('.findings li')
    await findings.first().getByText('The Wi-Fi signal is weak (-80 dBm).').waitFor()
    await expect.poll(() => findings.count()).toBe(3)
    await panel.page.evaluate("localStorage.setItem('mynah.language', 'zh')")
    await panel.page.reload()
    await panel.page.getByRole('button', { name: '检查' }).click()
    await findings.first().getByText('Wi-Fi 信号很弱（-80 dBm）。').waitFor()
    await expect.poll(() => panel.page.getByText('in the language of the speaker').count()).toBe(0)
  })
})

test('a record of the audit log is as wide as a phone, whatever did it and to what', async () => {
  const page = await panel.openPage({ viewport: phone, locale: 'zh-CN' })
  await signIn(page, panel.cloud)
  const entry = {
    audit_id: 1,
    at: '2026-11-23T20:58:00.000Z',
    action: 'device_enrolled',
    home_id: 'h-home',
    detail: {},
  }
  const items = [
    { ...entry, actor: 'token PusYa4TwDeltKaLZTXZckA', target: 'PusYa4TwDeltKaLZTXZckAPusYa4TwDeltKaLZTXZckA' },
  ]
  await page.route('**/api/**/audit*', (route) => route.fulfill({ json: { items, next_cursor: null } }))
  await page.goto(`${panel.cloud.url}/audit`)
  await page.locator('.audit td').first().waitFor()
  const isWider =
    'document.querySelector(".table-frame").scrollWidth > document.querySelector(".table-frame").clientWidth'
  expect(await page.evaluate(isWider)).toBe(false)
})
