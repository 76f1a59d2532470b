const valueText = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(valueText).join(' ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The fields of a record that has no shape of its own, to be read by a person: `version 7, fields volume`. */
export const detailText = (detail: Readonly<Record<string, unknown>>): string =>
  Object.entries(detail)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(', ')
