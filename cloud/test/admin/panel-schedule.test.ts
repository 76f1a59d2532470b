import { beforeEach, describe, expect, test } from 'vitest'
import { signIn } from './every-page.ts'
import { panelInBrowser } from './panel-in-browser.ts'

const panel = panelInBrowser()

beforeEach(async () => {
  await signIn(panel.page, panel.cloud)
  await panel.page.goto(`${panel.cloud.url}/alarms`)
  await item('Pasta').waitFor()
})

const item = (text: string) => panel.page.locator('.list-row', { hasText: text })
const itemOf = (id: string) => panel.cloud.state.schedule.find(({ item_id }) => item_id === id)
const edit = async (name: string, label: string) => {
  await panel.page.getByRole('button', { name: `Change ${name}` }).click()
  await panel.page.getByLabel('Label (optional)').fill(label)
  await panel.page.getByRole('button', { name: 'Save' }).click()
}

describe('the page of alarms', () => {
  test('follows what is set by voice, without a reload', async () => {
    const home_id = panel.cloud.state.devices.get('kitchen')?.home_id ?? ''
    const items = [{ item_id: 'eggs', kind: 'timer' as const, fires_at: panel.cloud.state.at(3), label: 'Eggs' }]
    panel.cloud.emit({ type: 'schedule_update', home_id, device_id: 'kitchen', items })
    await item('Eggs').waitFor()
    await expect.poll(() => item('Pasta').count()).toBe(0)
    // Of another speaker nothing was said.
    await expect.poll(() => item('给妈妈打电话').count()).toBe(1)
  })

  test('changes label and time in place, at once', async () => {
    await edit('Alarm', 'Early')
    await item('Early').waitFor()
    await expect.poll(() => itemOf('wake')?.label).toBe('Early')
    const before = itemOf('wake')?.fires_at
    await panel.page.getByRole('button', { name: 'Change Early' }).click()
    await panel.page.getByLabel('When').fill('2099-01-02T06:30')
    await panel.page.getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => itemOf('wake')?.fires_at).toMatch(/^2099-01-0[12]T/)
    expect(itemOf('wake')).toMatchObject({ kind: 'alarm', label: 'Early' })
    expect(before).not.toBe(itemOf('wake')?.fires_at)
  })

  test('takes a change back where everybody sees it when it is refused', async () => {
    panel.cloud.state.refuseNext.set('setScheduleItem', { status: 503, code: 'unavailable' })
    await edit('Pasta', 'Noodles')
    await panel.page.getByText('The cloud cannot do this right now.').last().waitFor()
    await panel.page.locator('.rolled-back', { hasText: 'Pasta' }).waitFor()
    await expect.poll(() => item('Noodles').count()).toBe(0)
    expect(itemOf('pasta')?.label).toBe('Pasta')
  })

  test('takes a change back that the speaker did not confirm', async () => {
    const kitchen = panel.cloud.state.devices.get('kitchen')
    if (kitchen) panel.cloud.state.devices.set('kitchen', { ...kitchen, online: false })
    await edit('Pasta', 'Noodles')
    await panel.page.getByText('The speaker did not confirm in time.').last().waitFor()
    await panel.page.locator('.rolled-back', { hasText: 'Pasta' }).waitFor()
  })

  test('lets no time be chosen that is over', async () => {
    await panel.page.getByRole('button', { name: 'Change Alarm' }).click()
    await panel.page.getByLabel('When').fill('2001-01-01T06:30')
    await panel.page.getByRole('button', { name: 'Save' }).click()
    await panel.page.getByText('Choose a time that is still to come.').waitFor()
  })
})

describe('an alarm that comes again', () => {
  const chosen = () =>
    panel.page
      .getByRole('checkbox', { checked: true })
      .evaluateAll((all) => all.map((box) => box.getAttribute('aria-label')))

  test('says on which days, at what time of which zone, and when it is next', async () => {
    await item('School')
      .getByText(/^Alarm · Monday to Friday 06:45 \(Europe\/Zurich\) · next .* · in/)
      .waitFor()
  })

  test('is given other days in place, and keeps its zone', async () => {
    await panel.page.getByRole('button', { name: 'Change School' }).click()
    expect(await chosen()).toEqual(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'])
    await panel.page.getByText('By the clock of Europe/Zurich').waitFor()
    // The box lies under its letters.
    for (const day of ['Mon', 'Tue', 'Wed', 'Sat']) await panel.page.locator('.segment', { hasText: day }).click()
    await panel.page.getByLabel('Time', { exact: true }).fill('07:10')
    await panel.page.getByRole('button', { name: 'Save' }).click()
    await item('School').getByText('Thu, Fri and Sat 07:10').waitFor()
    await expect
      .poll(() => itemOf('school')?.repeat)
      .toEqual({ weekdays: [4, 5, 6], at: '07:10', time_zone: 'Europe/Zurich' })
  })

  test('becomes one that rings once when no day is left', async () => {
    await panel.page.getByRole('button', { name: 'Change School' }).click()
    for (const day of ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'])
      await panel.page.locator('.segment', { hasText: day }).click()
    await panel.page.getByLabel('When').fill('2099-01-02T06:30')
    await panel.page.getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => itemOf('school')?.fires_at).toMatch(/^2099-01-0[12]T/)
    expect(itemOf('school')).not.toHaveProperty('repeat')
  })

  test('keeps its days when its label is changed', async () => {
    await edit('School', 'Kindergarten')
    await item('Kindergarten').getByText('Monday to Friday').waitFor()
    await expect.poll(() => itemOf('school')?.label).toBe('Kindergarten')
    expect(itemOf('school')?.repeat?.weekdays).toEqual([1, 2, 3, 4, 5])
  })

  test('is made in Chinese too, by the clock of the browser', async () => {
    const other = await panel.openPage({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
    await signIn(other, panel.cloud)
    await other.goto(`${panel.cloud.url}/alarms`)
    await other.getByRole('button', { name: '新建' }).click()
    for (const day of ['周六', '周日']) await other.locator('.segment', { hasText: day }).click()
    await other.getByLabel('时刻').fill('09:30')
    await other.getByLabel('标签（可选）').fill('懒觉')
    await other.getByRole('button', { name: '设置', exact: true }).click()
    await other.locator('.list-row', { hasText: '懒觉' }).getByText('周六和周日 09:30 · 下次').waitFor()
    const made = panel.cloud.state.schedule.find(({ label }) => label === '懒觉')
    expect(made).toMatchObject({
      kind: 'alarm',
      repeat: { weekdays: [6, 0], at: '09:30', time_zone: 'Asia/Shanghai' },
      fires_at: expect.stringMatching(/T01:30:00.000Z$/),
    })
  })
})
