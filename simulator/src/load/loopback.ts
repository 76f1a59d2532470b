/** A load generator that reaches other machines is a weapon: everything it sends goes to this one. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)

/** Throws RangeError for any other host. */
export const requireLoopback = (host: string): string => {
  if (isLoopback(host)) return host
  throw new RangeError(`the load generator sends to this machine only, not to ${host}`)
}
