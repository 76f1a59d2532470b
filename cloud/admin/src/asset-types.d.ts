declare module '*.css'

/** A file that the browser runs on a thread of its own, by its address. */
declare module '*?worker&url' {
  const url: string
  // biome-ignore lint/style/noDefaultExport: the form in which the bundler gives it
  export default url
}
