/** Where the picture of the bird is. */
export const markUrl: string = new URL('./mynah.svg', import.meta.url).href
