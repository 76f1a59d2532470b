export type Judged = {
  readonly set: string
  readonly isCommand: boolean
  readonly features: Readonly<Record<string, number>>
  readonly rejected: boolean
}

const names = ['lead', 'worstWordLead', 'unexplained'] as const
const rounds = 4_000
const rate = 0.5
const shrinkage = 0.002
const folds = 5

type Model = {
  readonly mean: readonly number[]
  readonly spread: readonly number[]
  readonly weights: readonly number[]
}

const raw = ({ features }: Judged): readonly number[] => names.map((name) => features[name] ?? 0)
const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const inputs = (one: Judged, { mean, spread }: Pick<Model, 'mean' | 'spread'>): readonly number[] => [
  1,
  ...raw(one).map((value, index) => (value - (mean[index] ?? 0)) / (spread[index] ?? 1)),
]
const dot = (left: readonly number[], right: readonly number[]): number =>
  left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0)

/** Both classes count the same, however many there are of each. */
const train = (all: readonly Judged[]): Model => {
  const columns = names.map((_, index) => all.map((one) => raw(one)[index] ?? 0))
  const mean = columns.map(average)
  const spread = columns.map((column, index) =>
    Math.sqrt(average(column.map((value) => (value - (mean[index] ?? 0)) ** 2))),
  )
  const commands = all.filter(({ isCommand }) => isCommand).length
  let weights: readonly number[] = [0, ...names.map(() => 0)]
  for (let round = 0; round < rounds; round++) {
    const gradient = weights.map(() => 0)
    for (const one of all) {
      const x = inputs(one, { mean, spread })
      const target = one.isCommand ? 0 : 1
      const weight = 0.5 / (one.isCommand ? commands : all.length - commands)
      const error = (target - 1 / (1 + Math.exp(-dot(weights, x)))) * weight
      for (const [index, value] of x.entries()) gradient[index] = (gradient[index] ?? 0) + error * value
    }
    weights = weights.map(
      (value, index) => value + rate * ((gradient[index] ?? 0) - shrinkage * (index === 0 ? 0 : value)),
    )
  }
  return { mean, spread, weights }
}

const logOdds = (one: Judged, model: Model): number => dot(model.weights, inputs(one, model))

/** Share of the others that is rejected when this share of the commands may be. */
const operatingPoints = (scored: readonly { readonly isCommand: boolean; readonly score: number }[]) => {
  const commands = scored
    .filter(({ isCommand }) => isCommand)
    .map(({ score }) => score)
    .toSorted((a, b) => a - b)
  const others = scored.filter(({ isCommand }) => !isCommand).map(({ score }) => score)
  return [0.01, 0.02, 0.03, 0.05].map((allowed) => {
    const threshold = commands[Math.ceil(commands.length * (1 - allowed)) - 1] ?? 0
    const rejected = others.filter((score) => score > threshold).length / others.length
    return {
      commandsRejected: allowed,
      threshold: Number(threshold.toFixed(2)),
      othersRejected: Number(rejected.toFixed(3)),
    }
  })
}

/** The logistic model that tells both apart, in the units of the features, and what it reaches on folds it has not seen. */
export const fitLogistic = (all: readonly Judged[]) => {
  const unseen = Array.from({ length: folds }, (_, fold) => {
    const model = train(all.filter((_one, index) => index % folds !== fold))
    return all
      .filter((_one, index) => index % folds === fold)
      .map((one) => ({ isCommand: one.isCommand, score: logOdds(one, model) }))
  }).flat()
  const { mean, spread, weights } = train(all)
  const slopes = names.map((_, index) => (weights[index + 1] ?? 0) / (spread[index] ?? 1))
  const bias = (weights[0] ?? 0) - dot(slopes, mean)
  const rounded = (value: number) => Number(value.toFixed(3))
  return JSON.stringify(
    {
      bias: rounded(bias),
      ...Object.fromEntries(names.map((name, index) => [name, rounded(slopes[index] ?? 0)])),
      crossValidated: operatingPoints(unseen),
    },
    undefined,
    2,
  )
}
