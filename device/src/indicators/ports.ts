import type { Colour } from './light-frame.ts'

/** Lights of a speaker, whatever they hang on. */
export type Lights = {
  readonly leds: number
  /** Throws when the hardware is gone. */
  readonly show: (colours: readonly Colour[]) => void
  readonly close: () => void
}

/** Lines that something presses or switches: true is pressed. Read about fifty times a second. Throws when the hardware is gone. */
export type Keys = { readonly read: () => { readonly [name in KeyName]?: boolean }; readonly close: () => void }

/** `mute_switch` is a position and not a press: while it is on nothing but it can unmute. */
export type KeyName = 'button' | 'mute_button' | 'mute_switch'
