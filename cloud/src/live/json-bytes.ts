/**
 * JSON in UTF-8 with its ETag, to be sent as it is. The same object as long as nothing changed, so that what is made of it (headers)
 * can be kept beside it.
 */
export type JsonBytes = {
  readonly type: 'json_bytes'
  readonly bytes: Buffer<ArrayBuffer>
  readonly etag: string
}
