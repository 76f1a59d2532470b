import type { Page } from 'playwright-core'
import type { Dictionary } from '../../../cloud/admin/src/i18n/en/en.ts'

/** What stands above each page that the navigation leads to. */
const titlesOf = (t: Dictionary) => ({
  speakers: t.speakers.title,
  talk: t.talk.title,
  conversations: t.conversations.title,
  announce: t.home.announce.title,
  alarms: t.home.alarms.title,
  people: t.home.people.title,
  ai: t.home.ai.title,
  audit: t.home.audit.title,
  system: t.system.title,
  account: t.account.title,
})
export type PageName = keyof ReturnType<typeof titlesOf>

/** What a person does at the panel, in the language whose texts are `t`. Every step goes by what is written on the page. */
export const atThePanel = (page: Page, t: Dictionary) => {
  const row = (name: string) => page.locator('.speaker-row', { hasText: name })
  const card = (title: string) =>
    page.locator('.card', { has: page.getByRole('heading', { name: title, exact: true }) })
  const go = async (name: PageName) => {
    await page.locator('.sidebar').getByRole('link', { name: t.nav[name], exact: true }).click()
    await page.getByRole('heading', { level: 1, name: titlesOf(t)[name], exact: true }).waitFor()
    await page.locator('.skeleton').first().waitFor({ state: 'detached' })
  }
  return {
    row,
    card,
    go,
    openSpeaker: async (name: string) => {
      await go('speakers')
      await row(name).click()
      await page.getByRole('heading', { level: 1, name }).waitFor()
    },
    makeAccount: async (login: string, password: string) => {
      await page.getByLabel(t.entry.login).fill(login)
      await page.getByLabel(t.entry.password, { exact: true }).fill(password)
      await page.getByRole('button', { name: t.entry.create }).click()
    },
    logIn: async (login: string, password: string) => {
      await page.getByLabel(t.entry.login).fill(login)
      await page.getByLabel(t.entry.password).fill(password)
      await page.getByRole('button', { name: t.entry.logIn }).click()
    },
    /** Turns the volume of the speaker whose page is open, by keys, and waits until the speaker has it. */
    setVolume: async (wished: number) => {
      const slider = page.getByRole('slider', { name: t.speakers.volume, exact: true })
      const before = Number(await slider.inputValue())
      await slider.focus()
      for (let at = before; at < wished; at++) await page.keyboard.press('ArrowRight')
      for (let at = before; at > wished; at--) await page.keyboard.press('ArrowLeft')
      await page
        .locator('.card', { hasText: t.speakers.sound })
        .locator('output', { hasText: `${wished}` })
        .waitFor()
    },
    /** Types an announcement for all speakers and waits until the cloud has sent it. */
    announce: async (text: string) => {
      await go('announce')
      await page.getByLabel(t.home.announce.text).fill(text)
      await page.getByRole('button', { name: t.home.announce.send, exact: true }).click()
      await page.getByText(t.home.announce.sent).waitFor()
    },
  }
}
