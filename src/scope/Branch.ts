/**
 * Where in the tree of fibers a write was made. Effect joins concurrent children in the order they finish; with this the
 * outcome does not depend on timing: of two siblings that write the same key, the one that was forked later wins.
 *
 * @since 0.1.0
 */

// a fiber that forks its own successor for ever must not make the path grow for ever: deeper forks share a branch
const maxDepth = 32

export class Branch {
  readonly parent: Branch | undefined
  readonly index: number
  readonly depth: number
  private forks = 0

  constructor(parent: Branch | undefined, index: number) {
    this.parent = parent
    this.index = index
    this.depth = parent === undefined ? 0 : parent.depth + 1
  }

  /** The branch of a child that is forked now. */
  fork(): Branch {
    return this.depth >= maxDepth ? this : new Branch(this, this.forks++)
  }
}

export const root = (): Branch => new Branch(undefined, 0)

/** Of two writes that reached `here`: was the one on `standing` made by a later forked child than that on `arriving`? */
export const isLater = (
  here: Branch | undefined,
  standing: Branch | undefined,
  arriving: Branch | undefined
): boolean => {
  const before = childOf(here, standing)
  const after = childOf(here, arriving)
  return before !== undefined && after !== undefined && before.index > after.index
}

/** The child of `here` that a write on `branch` came through. */
const childOf = (here: Branch | undefined, branch: Branch | undefined): Branch | undefined => {
  if (here === undefined) {
    return undefined
  }
  let current = branch
  while (current !== undefined && current.parent !== here) {
    current = current.parent
  }
  return current
}
