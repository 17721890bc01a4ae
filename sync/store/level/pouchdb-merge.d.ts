// The functions of pouchdb-merge 9 that the embedded store uses; the package brings no types.
declare module 'pouchdb-merge' {
  /** A node: its hash, whether it is a deletion, its children. */
  export type RevNode = [hash: string, options: { deleted?: true }, children: RevNode[]]
  /** A part of the tree whose root stands at generation `pos`; several where ancestors are not known. */
  export interface RevPart {
    pos: number
    ids: RevNode
  }
  export interface RevPath {
    pos: number
    ids: { id: string; opts: { deleted?: true } }[]
  }
  export function merge(
    tree: RevPart[],
    path: RevPart,
    depth: number,
  ): { tree: RevPart[]; stemmedRevs: string[]; conflicts: 'new_leaf' | 'new_branch' | 'internal_node' }
  export function collectLeaves(tree: RevPart[]): { rev: string; opts: { deleted?: true } }[]
  export function rootToLeaf(tree: RevPart[]): RevPath[]
  export function revExists(tree: RevPart[], rev: string): boolean
}
