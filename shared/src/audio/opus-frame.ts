/** The length of every Opus frame of ours; apart from the codec, for who paces frames and codes none. */
export const opusFrameMs = 20
