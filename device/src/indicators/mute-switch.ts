/** A switch that a hand moves. While it is on, no software unmutes. */
export type MuteSwitch = {
  readonly isOn: () => boolean
  /** Calls `listener` at each change; answers how to stop that. */
  readonly onChange: (listener: (on: boolean) => void) => () => void
}

export const createMuteSwitch = (): MuteSwitch & { readonly set: (on: boolean) => void } => {
  const listeners = new Set<(on: boolean) => void>()
  let isOn = false
  return {
    isOn: () => isOn,
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    set: (on) => {
      if (on === isOn) return
      isOn = on
      for (const listener of listeners) listener(on)
    },
  }
}
