/** The audio plane cannot take a stream: its worker is down (`plane_crashed`), or refused this one (`refused`). */
export class AudioPlaneError extends Error {
  readonly code: 'plane_crashed' | 'refused'
  constructor(code: 'plane_crashed' | 'refused', message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'AudioPlaneError'
    this.code = code
  }
}
