/**
 * Takes of exceptions what is needed of them later, in the caller's step.
 *
 * The order is depth first. Under an entry stand first its `cause`, then the members of its `errors`, which is the order
 * in which JavaScript gives an `AggregateError` the two, then what the `Cause` has beside or after it.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as CauseTree from "./CauseTree.js"
import * as ErrorAnnotations from "./ErrorAnnotations.js"
import type { Edge, ExceptionSnapshot, SnapshotEntry } from "./ExceptionSnapshot.js"
import * as StackText from "./StackText.js"
import * as ThrownValue from "./ThrownValue.js"

/** No snapshot has more entries (EXCMETA-22, LIMIT-02). */
export const maxEntries = 50
/** Of one list of `errors`: one that repeats the same error a million times adds nothing. */
const maxMembers = 1000

export interface Options {
  /** UTF-16 units of one message. */
  readonly maxMessageLength: number
  /** Its stack is used for an outermost exception without one. */
  readonly callSite: Error | undefined
}

/** There is at least one leaf; the first is the outermost entry. */
export const take = (leaves: ReadonlyArray<CauseTree.Leaf>, options: Options): ExceptionSnapshot => {
  const entries: Array<SnapshotEntry> = []
  /** The entries of what was met. */
  const seen = new Map<object, number>()
  const nodes: Nodes = new Map()
  const pending: Array<Pending> = []
  const within = CauseTree.budget()
  pushGroup(pending, nodes, leaves, undefined, undefined)

  while (pending.length > 0 && entries.length < maxEntries) {
    const next = pending.pop()!
    if (next._tag === "Members") {
      nextMember(pending, nodes, next)
      continue
    }
    const { leaf } = next.node
    const known = leaf.identity === undefined ? undefined : seen.get(leaf.identity)
    if (known !== undefined) {
      pushChildren(pending, next.node, known)
      continue
    }
    const id = entries.length
    const thrown = ThrownValue.describe(leaf.error, options.maxMessageLength)
    const same = leaf.identity === undefined ? undefined : nodes.get(leaf.identity)
    const place = same?.[0]?.leaf ?? leaf
    const replacement = id === 0 && thrown.stack === undefined ? stackOf(options.callSite) : undefined
    entries.push({
      type: thrown.type,
      value: thrown.value,
      stack: thrown.stack ?? replacement,
      span: leaf.span ?? place.span,
      synthetic: replacement === undefined ? thrown.synthetic : true,
      parent: next.parent,
      edge: next.edge,
      kind: place.kind,
      fields: thrown.fields
    })
    if (leaf.identity !== undefined) {
      seen.set(leaf.identity, id)
    }

    // the last one pushed is the first one taken
    for (const node of same?.toReversed() ?? []) {
      pushChildren(pending, node, id)
    }
    if (thrown.errors !== undefined) {
      pending.push({ _tag: "Members", errors: thrown.errors, length: lengthOf(thrown.errors), index: 0, parent: id })
    }
    if (thrown.cause !== undefined && thrown.cause !== null) {
      pushGroup(pending, nodes, CauseTree.leaves(thrown.cause, within), id, "cause")
    }
  }
  const outermost = leaves[0]?.error
  return {
    entries,
    severity: ErrorAnnotations.severity(outermost),
    attributes: ErrorAnnotations.attributes(outermost)
  }
}

/** A leaf, and the leaves that hang under it. */
interface Node {
  readonly leaf: CauseTree.Leaf
  readonly children: Array<Node>
}

/**
 * Those that stand among others, by what they are: an error that is met before its place in the tree, as a `cause`, takes
 * what hangs under it along.
 */
type Nodes = Map<object, Array<Node>>

type Pending = One | Members

interface One {
  readonly _tag: "One"
  readonly node: Node
  readonly parent: number | undefined
  readonly edge: Edge | undefined
}

interface Members {
  readonly _tag: "Members"
  readonly errors: object
  readonly length: number
  readonly index: number
  readonly parent: number
}

const stackOf = (callSite: Error | undefined): string | undefined => {
  const stack = callSite === undefined ? undefined : GuardedRead.read(callSite, "stack")
  return typeof stack === "string" && stack !== "" ? StackText.bounded(stack, "") : undefined
}

/** The first leaf of a group hangs under the given entry, the others under each other. */
const pushGroup = (
  pending: Array<Pending>,
  nodes: Nodes,
  leaves: ReadonlyArray<CauseTree.Leaf>,
  parent: number | undefined,
  edge: Edge | undefined
): void => {
  const root = leaves.length === 1 ? { leaf: leaves[0]!, children: [] } : link(nodes, leaves)
  if (root !== undefined) {
    pending.push({ _tag: "One", node: root, parent, edge })
  }
}

const link = (nodes: Nodes, leaves: ReadonlyArray<CauseTree.Leaf>): Node | undefined => {
  const group: Array<Node> = []
  for (const leaf of leaves) {
    const node: Node = { leaf, children: [] }
    if (group.length > 0) {
      const parent = group[leaf.parent ?? 0] ?? group[0]!
      parent.children.push(node)
    }
    group.push(node)
    if (leaf.identity !== undefined) {
      const same = nodes.get(leaf.identity)
      if (same === undefined) {
        nodes.set(leaf.identity, [node])
      } else {
        same.push(node)
      }
    }
  }
  return group[0]
}

/** Once for each node, wherever it is met. */
const pushChildren = (pending: Array<Pending>, node: Node, parent: number): void => {
  for (const child of node.children.splice(0).toReversed()) {
    pending.push({ _tag: "One", node: child, parent, edge: child.leaf.edge ?? "member" })
  }
}

const lengthOf = (errors: object): number => {
  const length = GuardedRead.read(errors, "length")
  return typeof length === "number" ? Math.min(length, maxMembers) : 0
}

const nextMember = (pending: Array<Pending>, nodes: Nodes, members: Members): void => {
  if (members.index >= members.length) {
    return
  }
  pending.push({ ...members, index: members.index + 1 })
  const member = GuardedRead.read(members.errors, members.index)
  pushGroup(pending, nodes, CauseTree.leaves(member), members.parent, "member")
}
