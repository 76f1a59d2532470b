import type { Progress } from './download.ts'

const widthCharacters = 28
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)

/** One line without its end: `name [=====>    ] 45 % 57.6 of 127.9 MB 8.2 MB/s`. */
export const progressLine = (name: string, { receivedBytes, totalBytes }: Progress, bytesPerSecond: number): string => {
  const speed = `${megabytes(bytesPerSecond)} MB/s`
  if (totalBytes === undefined || totalBytes === 0) return `${name} ${megabytes(receivedBytes)} MB ${speed}`
  const share = Math.min(1, receivedBytes / totalBytes)
  const filled = Math.floor(share * widthCharacters)
  const bar = `${'='.repeat(filled)}${filled < widthCharacters ? '>' : ''}`.padEnd(widthCharacters)
  return `${name} [${bar}] ${Math.floor(share * 100)} % ${megabytes(receivedBytes)} of ${megabytes(totalBytes)} MB ${speed}`
}
