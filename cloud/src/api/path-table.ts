/** What stands in a path where its template has `{name}`. */
export type PathParams = Readonly<Record<string, string>>
export type Found<T> = { readonly value: T; readonly params: PathParams }

type Node<T> = {
  readonly fixed: Map<string, Node<T>>
  /** For any text here, under this name. */
  any?: { readonly name: string; readonly node: Node<T> }
  value?: T
}

const emptyNode = <T>(): Node<T> => ({ fixed: new Map() })
const noParams: PathParams = {}

const fixedChild = <T>({ fixed }: Node<T>, text: string): Node<T> => {
  const child = fixed.get(text) ?? emptyNode<T>()
  fixed.set(text, child)
  return child
}
const anyChild = <T>(node: Node<T>, name: string): Node<T> => {
  node.any ??= { name, node: emptyNode<T>() }
  if (node.any.name !== name) throw new Error(`{${name}} and {${node.any.name}} stand in the same place`)
  return node.any.node
}

/**
 * Finds what belongs to the template of a path (`/api/devices/{device_id}`); fixed text goes before a parameter. Undefined also for a
 * path in another spelling (`%64`, a slash at its end), which is for a router that knows them all.
 */
export const createPathTable = <T>(
  entries: readonly { readonly path: string; readonly value: T }[],
): ((path: string) => Found<T> | undefined) => {
  const whole = new Map<string, Found<T>>()
  const root = emptyNode<T>()
  for (const { path, value } of entries) {
    if (!path.includes('{')) {
      whole.set(path, { value, params: noParams })
      continue
    }
    let node = root
    for (const segment of path.split('/')) {
      const name = /^\{(\w+)\}$/.exec(segment)?.[1]
      node = name === undefined ? fixedChild(node, segment) : anyChild(node, name)
    }
    node.value = value
  }
  const bySegments = (path: string): Found<T> | undefined => {
    let node: Node<T> | undefined = root
    const params: Record<string, string> = {}
    for (const segment of path.split('/')) {
      const fixed: Node<T> | undefined = node.fixed.get(segment)
      if (!fixed && node.any && segment !== '') params[node.any.name] = segment
      node = fixed ?? (segment === '' ? undefined : node.any?.node)
      if (!node) return undefined
    }
    return node.value === undefined ? undefined : { value: node.value, params }
  }
  return (path) => whole.get(path) ?? (path.includes('%') ? undefined : bySegments(path))
}
