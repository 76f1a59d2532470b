/** Undefined for what is not JSON, which no JSON is: a schema then refuses it as it does any other wrong value. Never throws. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
