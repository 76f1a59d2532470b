/**
 * A process that serves somebody goes on when whoever read its lines is gone, a closed terminal or a journal that was restarted: without a
 * listener Node would end it at the next line.
 */
export const outliveReaders = (): void => {
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {})
}

/** As a shell reports a program that SIGPIPE has ended. */
const endedByPipe = 141

/** A command whose reader has seen enough (`| head`) ends without a word, as other programs do. */
export const endWithReader = (): void => {
  for (const output of [process.stdout, process.stderr]) output.on('error', () => process.exit(endedByPipe))
}
