/**
 * Counters, gauges and histograms in the Prometheus text format 0.0.4. Every metric bounds the number of its label sets: what comes
 * from a network must not grow the memory.
 */
export type Labels = Readonly<Record<string, string>>
export type Counter = {
  readonly add: (labels?: Labels, by?: number) => void
  /** Adds one to this set of labels each time it is called: for what is counted too often to name the labels anew. */
  readonly adder: (labels: Labels) => () => void
  readonly value: (labels?: Labels) => number
}
export type Gauge = { readonly set: (value: number, labels?: Labels) => void }
export type Histogram = {
  readonly observe: (value: number, labels?: Labels) => void
  /** Observes for this set of labels each time it is called: for what is measured too often to name the labels anew. */
  readonly observer: (labels?: Labels) => (value: number) => void
}

export type Metrics = {
  readonly counter: (name: string, help: string) => Counter
  readonly gauge: (name: string, help: string) => Gauge
  /** `buckets` are upper bounds in the unit of the name, ascending. */
  readonly histogram: (name: string, help: string, buckets: readonly number[]) => Histogram
  /** Called before each rendering, for gauges that are read when asked. */
  readonly beforeRender: (refresh: () => void | Promise<void>) => void
  readonly render: () => Promise<string>
}

type Family = { readonly name: string; readonly help: string; readonly type: string; readonly lines: () => string[] }

const maxLabelSets = 500
const overflowLabels = 'overflow="true"'

const escapeValue = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
const labelText = (labels: Labels = {}): string =>
  Object.keys(labels)
    .sort()
    .map((key) => `${key}="${escapeValue(labels[key] ?? '')}"`)
    .join(',')
const line = (name: string, labels: string, value: number) => `${name}${labels && `{${labels}}`} ${value}`
const joinLabels = (first: string, second: string) => (first && second ? `${first},${second}` : first || second)

/** Values by label set; past the bound all further sets share one. */
const createCells = <T>(make: () => T) => {
  const cells = new Map<string, T>()
  const cell = (labels?: Labels): T => {
    const wanted = labelText(labels)
    const key = cells.has(wanted) || cells.size < maxLabelSets ? wanted : overflowLabels
    const found = cells.get(key)
    if (found !== undefined) return found
    const made = make()
    cells.set(key, made)
    return made
  }
  return { cells, cell }
}

const createNumberFamily = (name: string, help: string, type: 'counter' | 'gauge') => {
  const { cells, cell } = createCells(() => ({ value: 0 }))
  // A counter without labels shows from the start, so that a rate over it has a first point.
  const lines = () =>
    cells.size === 0 && type === 'counter'
      ? [line(name, '', 0)]
      : [...cells].map(([labels, { value }]) => line(name, labels, value))
  return { cell, cells, family: { name, help, type, lines } }
}

const createHistogramFamily = (name: string, help: string, buckets: readonly number[]) => {
  const { cells, cell } = createCells(() => ({ counts: new Array<number>(buckets.length).fill(0), sum: 0, count: 0 }))
  const lines = () =>
    [...cells].flatMap(([labels, { counts, sum, count }]) => [
      ...buckets.map((bound, index) => line(`${name}_bucket`, joinLabels(labels, `le="${bound}"`), counts[index] ?? 0)),
      line(`${name}_bucket`, joinLabels(labels, 'le="+Inf"'), count),
      line(`${name}_sum`, labels, sum),
      line(`${name}_count`, labels, count),
    ])
  const note = (found: ReturnType<typeof cell>, value: number) => {
    found.sum += value
    found.count += 1
    // From the widest down: each bucket counts what the narrower ones count, too.
    for (let index = buckets.length - 1; index >= 0 && value <= (buckets[index] ?? 0); index--) {
      found.counts[index] = (found.counts[index] ?? 0) + 1
    }
  }
  const observe = (value: number, labels?: Labels) => note(cell(labels), value)
  const observer = (labels?: Labels) => {
    let found: ReturnType<typeof cell> | undefined
    return (value: number) => {
      found ??= cell(labels)
      note(found, value)
    }
  }
  return { observe, observer, family: { name, help, type: 'histogram', lines } }
}

export const createMetrics = (): Metrics => {
  const families = new Map<string, Family>()
  const refreshers: (() => void | Promise<void>)[] = []
  const register = (family: Family) => {
    if (families.has(family.name)) throw new Error(`The metric ${family.name} exists already`)
    families.set(family.name, family)
  }
  return {
    counter: (name, help) => {
      const { cell, cells, family } = createNumberFamily(name, help, 'counter')
      register(family)
      return {
        add: (labels, by = 1) => {
          cell(labels).value += by
        },
        adder: (labels) => {
          const found = cell(labels)
          return () => {
            found.value += 1
          }
        },
        value: (labels) => cells.get(labelText(labels))?.value ?? 0,
      }
    },
    gauge: (name, help) => {
      const { cell, family } = createNumberFamily(name, help, 'gauge')
      register(family)
      return {
        set: (value, labels) => {
          cell(labels).value = value
        },
      }
    },
    histogram: (name, help, buckets) => {
      const { observe, observer, family } = createHistogramFamily(name, help, buckets)
      register(family)
      return { observe, observer }
    },
    beforeRender: (refresh) => void refreshers.push(refresh),
    render: async () => {
      for (const refresh of refreshers) await refresh()
      const text = [...families.values()].flatMap(({ name, help, type, lines }) => [
        `# HELP ${name} ${help.replaceAll('\n', ' ')}`,
        `# TYPE ${name} ${type}`,
        ...lines(),
      ])
      return `${text.join('\n')}\n`
    },
  }
}
