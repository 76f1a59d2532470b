/** What is used of `sherpa-onnx-node`; tests hand in a scripted one, since no model can be had on every machine. */
export type SherpaAddon = Pick<typeof import('sherpa-onnx-node'), 'OnlineRecognizer' | 'OfflineTts'>

/** The optional package, or undefined when it was not installed for this platform. */
export const loadSherpaAddon = async (): Promise<SherpaAddon | undefined> => {
  try {
    // A CommonJS module: what it exports is the default export here.
    const module: { readonly default?: SherpaAddon } & SherpaAddon = await import('sherpa-onnx-node')
    return module.default ?? module
  } catch {
    // Not installed: the engines that Debian has serve alone.
    return undefined
  }
}
