import { readFileSync } from 'node:fs'
import { grammarFor } from '../src/dialogue/grammar/grammar.ts'
import { loadFliteVoice } from '../src/speech/engines/flite/library.ts'
import { bindSphinx } from '../src/speech/engines/pocketsphinx/binding.ts'
import { findEnglishModel, findMandarinModel } from '../src/speech/engines/pocketsphinx/model-files.ts'
import { englishPronunciations } from '../src/speech/engines/pocketsphinx/pronunciations.ts'
import { prepareGrammar } from '../src/speech/engines/pocketsphinx/grammar.ts'
import { grammarSettings } from '../src/speech/engines/pocketsphinx/settings.ts'
import { compileFsg } from '../src/speech/engines/pocketsphinx/fsg.ts'
import { commands } from './speech/sentences.ts'
import { readText, recording, withTail } from './speech/corpus.ts'

const binding = bindSphinx()
const run = async (mode: string, language: 'en' | 'zh', items: [string, Int16Array][]) => {
  const model = language === 'en' ? findEnglishModel() : findMandarinModel(process.env.ZH ?? '')
  if (!model) return console.log('no model', language)
  const d = await binding.openDecoder(grammarSettings(model))
  const p: Record<string, string> = language === 'en' ? englishPronunciations : {}
  const g = prepareGrammar(grammarFor(language).jsgf, language, { has: (w) => d.lookUpWord(w) !== undefined, learn: (w) => p[w] !== undefined && d.addWord(w, p[w] ?? '') })
  let c = process.cpuUsage()
  if (mode === 'jsgf') await d.setGrammar('g', g.jsgf)
  else { process.env.FSGW = mode; const f = compileFsg(g.jsgf); if (!f.ok) throw f.error; console.log('states', f.value.states, f.value.transitions); console.log('set', await d.setFsg('g', f.value.text)) }
  let u = process.cpuUsage(c); console.log(mode, language, 'compile ms', (u.user + u.system) / 1000 | 0)
  d.activate('g')
  const heard: string[] = []
  for (const whole of [false, true]) {
    let ms = 0, right = 0
    c = process.cpuUsage()
    for (const [text, samples] of items) {
      ms += samples.length / 16
      d.startUtterance()
      if (whole) await d.feed(samples, true)
      else for (let at = 0; at < samples.length; at += 960) { await d.feed(samples.subarray(at, at + 960), false) }
      await d.endUtterance()
      const h = d.hypothesis()?.text ?? ''
      heard.push(h)
      const clean = (t: string) => JSON.stringify(grammarFor(language).understand(language==='zh'?t.replaceAll(' ',''):t) ?? t)
      if (clean(h) === clean(text)) right++
      else if (process.argv.includes('--show')) console.log('   ', text, '->', h)
    }
    u = process.cpuUsage(c)
    console.log(mode, language, whole ? 'whole' : 'stream', ((u.user + u.system) / ms).toFixed(1), 'ms CPU per s;', right, '/', items.length)
  }
  d.free()
}
const en: [string, Int16Array][] = []
for (const v of ['cmu_us_slt', 'cmu_us_rms', 'cmu_us_awb']) { const voice = loadFliteVoice(v); if (voice) for (const t of commands) en.push([t, withTail((await voice.say(t)).samples)]) }
const zh: [string, Int16Array][] = []
const tsv = readFileSync(new URL('../../../shared/data/speech-zh/spliced-commands/transcripts.tsv', import.meta.url), 'utf8')
for (const line of tsv.trim().split('\n')) { const [f, t] = line.split('\t'); if (f && t && /^zr\d+/.test(f)) zh.push([t, await recording(`speech-zh/spliced-commands/${f.endsWith('.wav') ? f : `${f}.wav`}`)]) }
console.log(en.length, zh.length)
for (const m of process.argv[2]?.split(',') ?? []) { await run(m, 'en', en); await run(m, 'zh', zh) }
