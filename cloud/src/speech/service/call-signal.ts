/** A signal that follows a call: the client's cancellation, deadline or disappearance abort it. */
export const callSignal = (call: { on: (event: 'cancelled', listener: () => void) => unknown }): AbortSignal => {
  const controller = new AbortController()
  call.on('cancelled', () => controller.abort())
  return controller.signal
}
