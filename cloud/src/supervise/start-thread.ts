import { type ResourceLimits, Worker } from 'node:worker_threads'

export type ThreadOf = {
  /** `import.meta.url` of the module that starts it. */
  readonly beside: string
  /** The module of the thread, which lies beside that one, without its ending. */
  readonly name: string
  readonly workerData: unknown
  readonly resourceLimits: ResourceLimits
}

/** A thread does not inherit the loader of TypeScript (Node 20): one of the source loads it first. */
export const startThread = ({ beside, name, workerData, resourceLimits }: ThreadOf): Worker => {
  const isSource = beside.endsWith('.ts')
  const module = new URL(`./${name}${isSource ? '.ts' : '.js'}`, beside)
  if (!isSource) return new Worker(module, { workerData, resourceLimits })
  const program = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(module.href)}) })`
  return new Worker(program, { eval: true, workerData, resourceLimits })
}
