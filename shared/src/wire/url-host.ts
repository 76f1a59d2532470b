/** IPv6 addresses stand in brackets (RFC 3986 section 3.2.2). */
export const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** The name or address itself, an IPv6 address without its brackets: what sockets and `isIP` take. */
export const hostOfUrl = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')
