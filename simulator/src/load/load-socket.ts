/** `atMs`: when the system took it in, where it tells; else when this process read it. By `Clock.now`. */
export type ReceiveStamped = (bytes: Uint8Array, atMs: number) => void

/** UDP on a port of its own of the loopback. */
export type LoadSocket = {
  readonly port: number
  readonly send: (bytes: Uint8Array, to: { readonly host: string; readonly port: number }) => void
  readonly close: () => void
}

/** Both ways, where the system allows as much. */
export const bufferBytes = 4 * 1024 * 1024
