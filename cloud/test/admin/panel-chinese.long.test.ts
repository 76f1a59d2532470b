import { expect, test } from 'vitest'
import { englishIn } from './english-left.ts'
import { createVisitor, sights, signIn } from './every-page.ts'
import { panelInBrowser } from './panel-in-browser.ts'

const panel = panelInBrowser()

/** Names of things, units, and what people of the fake home have called theirs. */
const expected = new RegExp(
  [
    'Mynah|Wi-Fi|API|MQTT|UDP|OpenAI|Riva|TLS|HTTPS|localhost|ESP32|Node\\.js|SQLite|Apache-2\\.0|WebSocket|dBm|dBFS|qwen3|JSON|npm run [a-z]+ -- [a-z]+',
    'English|Home Assistant|Laptop|computer|hey_jarvis|alexa|Chrome|Safari|Linux|iPhone|iOS|[A-Z][a-z]+/[A-Z][a-z]+|https?://\\S+|mynah\\S+',
    'Kitchen|Fridge|Living room|Study|Bedroom|Attic|Garage|Terrace|Workshop|Home|Office|Ada|Wei|Vera|School|Pasta|Grandmother',
    'ada|wei|vera|mallory|school|k3jf8s0dlqpe|mqtt://\\S+|Lindenhof|Muster|Blick|Faster wake|Release key|ARM|[0-9a-f]{16}',
    'What time is it|You said:|The hill mynah is a|The capital of Switzerland is Bern',
  ].join('|'),
  'g',
)

const look = { locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' } as const

test('no page of the Chinese panel has English left', async () => {
  const left: string[] = []
  const newContext = async () => (await panel.openPage(look)).context()
  const { visit } = createVisitor(newContext, { lived: panel.cloud, empty: panel.cloud })
  for (const sight of sights.filter(({ onlyOn, isEmpty }) => !onlyOn && !isEmpty)) {
    const page = await visit(sight)
    left.push(...(await englishIn(page, expected)).map((text) => `${sight.name}: ${text}`))
    await page.close()
  }
  expect(left).toEqual([])
}, 120_000)

test.each([
  ['en-GB', 'version: 7 · changed: quiet hours, volume', 'because: login or password was wrong', '11%', '141.1'],
  ['zh-CN', '版本：7 · 更改了：安静时段、音量', '原因：登录名或密码错误', '11%', '141.1'],
])('what is recorded is told with its fields and units (%s)', async (locale, changed, refused, cpu, memory) => {
  const page = await panel.openPage({ locale })
  await signIn(page, panel.cloud)
  await page.goto(`${panel.cloud.url}/audit`)
  await page.getByText(changed, { exact: true }).waitFor()
  await page.getByText(refused).waitFor()
  await page.goto(`${panel.cloud.url}/speakers/kitchen`)
  await page.getByText(cpu, { exact: true }).waitFor()
  await page.getByText(memory).waitFor()
})
