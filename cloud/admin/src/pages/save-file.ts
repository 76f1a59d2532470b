import { browserClock } from '../time/browser-clock.ts'

const releaseAfterMs = 60_000

/** Hands bytes to the browser as a download. */
export const saveFile = (bytes: Uint8Array, name: string, type: string): void => {
  const url = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  browserClock.startTimer(releaseAfterMs, () => URL.revokeObjectURL(url))
}
