import type { DeviceSummary } from '../devices/directory.ts'

/** Pages that need no script, no other file and no login: they say what runs, and nothing that was said or named by anybody. */
const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const style = `
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --good: #56d364; --bad: #ff8a80 } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid var(--line) }
.good { color: var(--good) } .bad { color: var(--bad) } code { font-size: .95em; overflow-wrap: anywhere }
footer { margin-top: 3rem; opacity: .7; font-size: .9rem }`

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${style}</style></head>
<body>${body}</body>
</html>
`

/** The parts that a cloud can have; the panel has a text for each. */
export const partNames = ['store', 'broker', 'speech', 'audio plane', 'live', 'language model', 'disk'] as const
export type PartName = (typeof partNames)[number]

export type PartStatus = {
  readonly name: string
  readonly ready: boolean
  /** A phrase in English. */
  readonly detail: string
  /** The same as values by their names, for who says it in another language. */
  readonly facts?: Readonly<Record<string, string | number>>
}

export type StatusView = {
  readonly version: string
  readonly startedAt: string
  readonly parts: readonly PartStatus[]
  readonly speakers: { readonly enrolled: number; readonly online: number }
  readonly turns: readonly {
    readonly startedAt: string
    readonly outcome: string
    readonly answeredBy: string
    readonly totalMs?: number
  }[]
}

const partRow = ({ name, ready, detail }: PartStatus) =>
  `<tr><td>${escapeHtml(name)}</td><td class="${ready ? 'good' : 'bad'}">${ready ? 'ready' : 'not ready'}</td><td>${escapeHtml(detail)}</td></tr>`

const turnRow = ({ startedAt, outcome, answeredBy, totalMs }: StatusView['turns'][number]) =>
  `<tr><td>${escapeHtml(startedAt)}</td><td>${escapeHtml(outcome)}</td><td>${escapeHtml(answeredBy)}</td><td>${totalMs === undefined ? '' : `${Math.round(totalMs)} ms`}</td></tr>`

/** `GET /`: what was heard and answered, names and ids of speakers are not on it. */
export const statusPage = ({ version, startedAt, parts, speakers, turns }: StatusView): string =>
  page(
    'Mynah',
    `<h1>Mynah</h1>
<p>Version ${escapeHtml(version)}, running since ${escapeHtml(startedAt)}. <strong>${speakers.online}</strong> of ${speakers.enrolled} speakers online.</p>
<h2>Parts · 部件</h2><table>${parts.map(partRow).join('')}</table>
<h2>Latest turns · 最近的对话</h2>
${turns.length === 0 ? '<p>None yet. Say the wake word to a speaker.</p>' : `<table><tr><th>started</th><th>outcome</th><th>answered by</th><th>total</th></tr>${turns.map(turnRow).join('')}</table>`}
<p>What was said is sealed on disk; the owner reads it on this machine: <code>npm run cloud -- turns</code>.</p>
<h2>Add a speaker · 添加音箱</h2><p>Make a one-time token on this machine: <code>npm run cloud -- enrolment-token --name kitchen</code></p>
<footer><a href="/health/ready">health</a> · <a href="/metrics">metrics</a></footer>`,
  )

/** `GET /setup/{token}` */
export const setupPage = (state: 'open' | 'expired' | 'unknown'): string => {
  const text = {
    open: `<p class="good">This setup link is valid. 此链接有效。</p>
<p>Keep it: it makes the first administrator when the admin panel is installed, whose first-run set-up opens at this address. Until then this machine is run from its own command line, and nobody can log in over the network.</p>
<p>What you can do today: <code>npm run cloud -- enrolment-token --name kitchen</code> adds a speaker, <code>npm run cloud -- turns</code> shows what was said, <code>npm run cloud -- doctor</code> checks the installation.</p>`,
    expired:
      '<p class="bad">This setup link has expired or was replaced by a newer one. The cloud prints a fresh one at each start until an administrator exists.</p>',
    unknown: '<p class="bad">This cloud does not know this setup link. It prints the right one at its start.</p>',
  }
  return page('Mynah: set-up', `<h1>Mynah: set-up</h1>${text[state]}<p><a href="/">Status</a></p>`)
}

export const summariseSpeakers = (devices: readonly DeviceSummary[]): StatusView['speakers'] => ({
  enrolled: devices.length,
  online: devices.filter(({ online }) => online).length,
})
