import { Mic, MicOff, Square } from 'lucide-preact'
import { useRef } from 'preact/hooks'
import { useText } from '../../i18n/language.ts'
import { mayHaveMicrophone } from '../../talk/microphone.ts'
import type { TalkPhase } from '../../talk/talk-state.ts'
import type { Talker } from '../../talk/talker.ts'
import { browserClock } from '../../time/browser-clock.ts'
import { type Asked, askingNow } from './asked.ts'

/** Held for longer than this the button is a push-to-talk: letting go ends what is said. */
const holdMs = 400

/** A press starts, and what a second press or letting go means follows from how long the first one was. */
const useMicrophoneButton = (talker: Talker, asked: Asked) => {
  const press = useRef<{ readonly atMs: number; readonly hasStarted: boolean } | undefined>(undefined)
  const act = (phase: TalkPhase): boolean => {
    if (phase === 'listening') talker.endSpeech()
    else if (phase === 'opening' || phase === 'thinking' || phase === 'speaking') talker.stop()
    else {
      talker.listen(askingNow(asked), true)
      return true
    }
    return false
  }
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return
      // Letting go beside the button is letting go.
      if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId)
      press.current = { atMs: browserClock.now(), hasStarted: act(talker.state.value.phase) }
    },
    onPointerUp: () => {
      const pressed = press.current
      if (pressed?.hasStarted && browserClock.now() - pressed.atMs > holdMs) talker.endSpeech()
    },
    onPointerCancel: () => {
      press.current = undefined
    },
    onKeyDown: () => {
      press.current = undefined
    },
    onClick: () => {
      // After a pointer it was done already; keys and assistive technology only click.
      if (!press.current) act(talker.state.value.phase)
      press.current = undefined
    },
  }
}

/** Pressed or held to speak, pressed again to be still. */
export const MicrophoneButton = ({ talker, asked }: { readonly talker: Talker; readonly asked: Asked }) => {
  const t = useText()
  const { phase } = talker.state.value
  const handlers = useMicrophoneButton(talker, asked)
  const canHear = mayHaveMicrophone()
  const isListening = phase === 'listening'
  const isBusy = phase === 'thinking' || phase === 'speaking' || phase === 'opening'
  const Icon = !canHear ? MicOff : isBusy ? Square : Mic
  const loudness = isListening ? Math.min(1, Math.max(0, (talker.levelDbfs.value + 55) / 45)) : 0
  return (
    <div class="talk-button-frame">
      <button
        type="button"
        class={`talk-button ${isListening ? 'talk-button-live' : ''}`}
        disabled={!canHear && phase === 'idle'}
        style={{ '--loudness': String(Math.round(loudness * 20) / 20) }}
        {...handlers}
      >
        <Icon size={34} aria-hidden="true" />
        <span class="only-read">{isListening ? t.talk.endSpeech : isBusy ? t.talk.stop : t.talk.press}</span>
      </button>
      <p class="talk-phase" role="status">
        {t.talk.phases[phase]}
      </p>
      {canHear && phase === 'idle' && <p class="soft small">{t.talk.pressHint}</p>}
    </div>
  )
}
