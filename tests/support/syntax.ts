// A parsed statement is a tree of plain objects; what is not there is undefined.
import { loadModule } from 'libpg-query'

await loadModule()

export type Node = Readonly<Record<string, unknown>>

export const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null

export const childrenOf = (node: unknown): unknown[] =>
  Array.isArray(node) ? node : isNode(node) ? Object.values(node) : []

export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** What is below a node by this path of names. */
export function at(node: unknown, ...path: string[]): unknown {
  let here = node
  for (const name of path) {
    if (!isNode(here)) return undefined
    here = here[name]
  }
  return here
}
