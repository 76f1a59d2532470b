import * as v from 'valibot'
import { StoreError } from './store-error.ts'

/** What every repository needs to read a row back with the types it was written with. */
export const readRow = <const S extends v.GenericSchema>(schema: S, row: unknown, table: string): v.InferOutput<S> => {
  const parsed = v.safeParse(schema, row)
  if (parsed.success) return parsed.output
  const first = parsed.issues[0]
  throw new StoreError(
    'bad_row',
    `A row of ${table} is not as it was written: ${v.getDotPath(first)}: ${first.message}`,
  )
}

/** A TEXT column that holds JSON. */
export const jsonColumn = <const S extends v.GenericSchema>(schema: S) =>
  v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }): unknown => {
      try {
        return JSON.parse(dataset.value)
      } catch {
        addIssue({ message: 'is not JSON' })
        return NEVER
      }
    }),
    schema,
  )

/** A BLOB column. */
export const blobColumn = v.instance(Uint8Array)

/** A TEXT column that holds an instant in ISO 8601. */
export const instantColumn = v.pipe(v.string(), v.isoTimestamp())
