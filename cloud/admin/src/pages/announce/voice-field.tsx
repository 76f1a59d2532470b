import { Mic, MicOff, RotateCcw, Square } from 'lucide-preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { decimal } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import {
  canRecord,
  longestS,
  type Recorded,
  type Recording,
  type RecordingProblem,
  startRecording,
} from '../../recording/voice-recording.ts'
import { browserClock } from '../../time/browser-clock.ts'
import './recorder.css'

type State =
  | { readonly type: 'idle' }
  | { readonly type: 'asking' }
  | { readonly type: 'recording'; readonly sinceMs: number }
  | { readonly type: 'working' }
  | { readonly type: 'ready'; readonly recorded: Recorded }
  | { readonly type: 'problem'; readonly why: RecordingProblem }

/** The recording under way and what came of it; leaving the page lets go of the microphone. */
const useRecorder = (onRecorded: (recorded: Recorded | undefined) => void) => {
  const [state, setState] = useState<State>(canRecord() ? { type: 'idle' } : { type: 'problem', why: 'insecure' })
  const [level, setLevel] = useState(0)
  const recording = useRef<Recording>()
  const isGone = useRef(false)
  useEffect(
    () => () => {
      isGone.current = true
      recording.current?.cancel()
    },
    [],
  )
  const stop = async () => {
    const ending = recording.current
    recording.current = undefined
    if (!ending) return
    setState({ type: 'working' })
    try {
      const recorded = await ending.stop()
      if (isGone.current) return
      setState({ type: 'ready', recorded })
      onRecorded(recorded)
    } catch {
      // The browser could not decode its own recording: nothing to keep.
      setState({ type: 'problem', why: 'failed' })
    }
  }
  const start = async () => {
    onRecorded(undefined)
    setState({ type: 'asking' })
    const started = await startRecording(setLevel)
    if (!started.ok) return setState({ type: 'problem', why: started.why })
    if (isGone.current) return started.recording.cancel()
    recording.current = started.recording
    setState({ type: 'recording', sinceMs: browserClock.now() })
  }
  const discard = () => {
    recording.current?.cancel()
    recording.current = undefined
    setState({ type: 'idle' })
    onRecorded(undefined)
  }
  return { state, level, start, stop, discard }
}

/** Seconds since; calls `onEnd` when the longest recording is full. */
const Elapsed = ({ sinceMs, onEnd }: { readonly sinceMs: number; readonly onEnd: () => void }) => {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const left = new AbortController()
    const count = async () => {
      while (!left.signal.aborted) {
        const passed = (browserClock.now() - sinceMs) / 1_000
        setSeconds(Math.floor(passed))
        if (passed >= longestS) return onEnd()
        await browserClock.sleep(250, left.signal)
      }
    }
    void count()
    return () => left.abort()
  }, [sinceMs])
  const t = useText()
  return <span class="recorder-time">{t.home.announce.elapsed(decimal(seconds), decimal(longestS))}</span>
}

const Preview = ({ recorded }: { readonly recorded: Recorded }) => {
  const t = useText()
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([recorded.wav], { type: 'audio/wav' }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [recorded])
  // biome-ignore lint/a11y/useMediaCaption: what somebody has just said themselves.
  return <audio class="recorder-preview" controls src={url} aria-label={t.home.announce.preview} />
}

const Problem = ({ why, onRetry }: { readonly why: RecordingProblem; readonly onRetry: () => void }) => {
  const t = useText()
  const { title, text } = t.home.announce.microphone[why]
  return (
    <div class="recorder-problem" role="alert">
      <MicOff size={22} aria-hidden="true" />
      <div class="grow">
        <strong>{title}</strong>
        <p class="soft small">{text}</p>
      </div>
      {why !== 'insecure' && <Button onClick={onRetry}>{t.actions.retry}</Button>}
    </div>
  )
}

/** Records a voice, lets it be heard, and hands it on; undefined while there is none. */
export const VoiceField = ({ onRecorded }: { readonly onRecorded: (recorded: Recorded | undefined) => void }) => {
  const t = useText()
  const { state, level, start, stop, discard } = useRecorder(onRecorded)
  const words = t.home.announce
  return (
    <div class="recorder" data-state={state.type}>
      {state.type === 'problem' && <Problem why={state.why} onRetry={() => void start()} />}
      {(state.type === 'idle' || state.type === 'asking' || state.type === 'working') && (
        <div class="stack-tight">
          <div>
            <Button icon={Mic} busy={state.type !== 'idle'} onClick={() => void start()}>
              {words.record}
            </Button>
          </div>
          <p class="soft small">{state.type === 'asking' ? words.askingMicrophone : words.recordHint}</p>
        </div>
      )}
      {state.type === 'recording' && (
        <div class="row-tight">
          <Button kind="danger-solid" icon={Square} onClick={() => void stop()}>
            {words.stop}
          </Button>
          <meter class="recorder-level" min={0} max={1} value={Math.sqrt(level)} aria-label={words.level} />
          <Elapsed sinceMs={state.sinceMs} onEnd={() => void stop()} />
        </div>
      )}
      {state.type === 'ready' && (
        <div class="stack-tight">
          <Preview recorded={state.recorded} />
          {state.recorded.isSilent && (
            <p class="bad small" role="alert">
              {words.silent}
            </p>
          )}
          <div>
            <Button kind="quiet" icon={RotateCcw} onClick={discard}>
              {words.recordAgain}
            </Button>
          </div>
        </div>
      )}
    </div>
  )
}
