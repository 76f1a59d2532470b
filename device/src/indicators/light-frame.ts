import type { Pattern } from './light-state.ts'

/** Red, green, blue, 0 to 255 each. */
export type Colour = readonly [number, number, number]

type Look = {
  readonly colour: Colour
  /** `steady`; all lights swelling together; one light going round; on and off. */
  readonly move: 'steady' | 'breathe' | 'round' | 'blink'
  readonly periodMs: number
  /** Height of the whole pattern, 0 to 1. */
  readonly height: number
}

/** Red is only for the microphone being off and for faults: whoever sees none is heard after the wake word. */
const looks: Readonly<Record<Exclude<Pattern, 'off'>, Look>> = {
  ringing: { colour: [255, 140, 0], move: 'blink', periodMs: 500, height: 1 },
  recording: { colour: [255, 255, 255], move: 'steady', periodMs: 1_000, height: 0.6 },
  error: { colour: [255, 30, 0], move: 'blink', periodMs: 500, height: 0.6 },
  listening: { colour: [0, 160, 255], move: 'steady', periodMs: 1_000, height: 0.6 },
  thinking: { colour: [0, 160, 255], move: 'round', periodMs: 900, height: 0.6 },
  speaking: { colour: [0, 220, 120], move: 'breathe', periodMs: 1_600, height: 0.6 },
  expecting: { colour: [0, 160, 255], move: 'breathe', periodMs: 1_200, height: 0.5 },
  updating: { colour: [150, 80, 255], move: 'round', periodMs: 1_600, height: 0.3 },
  claiming: { colour: [255, 220, 120], move: 'breathe', periodMs: 2_400, height: 0.4 },
  broken: { colour: [255, 30, 0], move: 'breathe', periodMs: 4_000, height: 0.25 },
  muted: { colour: [255, 0, 0], move: 'steady', periodMs: 1_000, height: 0.15 },
  offline: { colour: [255, 160, 0], move: 'breathe', periodMs: 6_000, height: 0.1 },
}

const swell = (phase: number) => 0.15 + 0.85 * (0.5 - 0.5 * Math.cos(2 * Math.PI * phase))

const heightAt = (look: Look, { phase, led, leds }: { phase: number; led: number; leds: number }): number => {
  switch (look.move) {
    case 'steady':
      return 1
    case 'breathe':
      return swell(phase)
    case 'blink':
      return phase < 0.5 ? 1 : 0
    case 'round':
      return Math.floor(phase * leds) % leds === led ? 1 : 0.08
  }
}

/** The lights at a moment of a pattern, `sinceMs` after it began. Pure. */
export const lightFrame = (pattern: Pattern, sinceMs: number, leds: number): readonly Colour[] => {
  const look = pattern === 'off' ? undefined : looks[pattern]
  return Array.from({ length: leds }, (_, led): Colour => {
    if (!look) return [0, 0, 0]
    const phase = (Math.max(0, sinceMs) % look.periodMs) / look.periodMs
    const height = look.height * heightAt(look, { phase, led, leds })
    const [red, green, blue] = look.colour
    return [Math.round(red * height), Math.round(green * height), Math.round(blue * height)]
  })
}

/** Whether it looks the same at every moment. */
export const isStill = (pattern: Pattern): boolean => pattern === 'off' || looks[pattern].move === 'steady'
