/**
 * Which references between flags and cohorts are never followed: those inside a cycle (FLAGS-LOCAL-30, -69) and those that
 * lead too deep (FLAGS-LOCAL-72). What is left is a graph without cycles and of bounded depth, whatever was defined.
 *
 * Tarjan's algorithm without recursion: a component is found after everything that it refers to.
 *
 * @since 0.1.0
 */
import { type Link, type Linked, maxDepth } from "./Link.js"

interface Visit {
  readonly node: Linked
  readonly order: number
  low: number
  next: number
}

export const link = (nodes: Iterable<Linked>): void => {
  const linker = new Linker()
  for (const node of nodes) {
    linker.visit(node)
  }
}

class Linker {
  readonly #orders = new Map<Linked, number>()
  /** Found, but not yet part of a component; the newest is last. */
  readonly #stack: Array<Linked> = []
  readonly #open = new Set<Linked>()
  readonly #heights = new Map<Linked, number>()

  visit(root: Linked): void {
    if (this.#orders.has(root)) {
      return
    }
    const path = [this.#enter(root)]
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const target = visit.node.links[visit.next++]?.target
      if (target === undefined) {
        path.pop()
        this.#leave(visit, path.at(-1))
        continue
      }
      const order = this.#orders.get(target)
      if (order === undefined) {
        path.push(this.#enter(target))
      } else if (this.#open.has(target)) {
        visit.low = Math.min(visit.low, order)
      }
    }
  }

  #enter(node: Linked): Visit {
    const order = this.#orders.size
    this.#orders.set(node, order)
    this.#stack.push(node)
    this.#open.add(node)
    return { node, order, low: order, next: 0 }
  }

  #leave({ low, node, order }: Visit, parent: Visit | undefined): void {
    if (parent !== undefined) {
      parent.low = Math.min(parent.low, low)
    }
    if (low === order) {
      this.#close(node)
    }
  }

  /** A component: everything that was opened since `first`, which all refers to each other. */
  #close(first: Linked): void {
    const component = new Set(this.#stack.splice(this.#stack.lastIndexOf(first)))
    for (const node of component) {
      this.#open.delete(node)
    }
    for (const node of component) {
      this.#heights.set(node, node.links.reduce((height, each) => Math.max(height, this.#follow(each, component)), 1))
    }
  }

  /** How deep a reference leads; it does not where it is broken. */
  #follow(each: Link, component: ReadonlySet<Linked>): number {
    if (component.has(each.target)) {
      each.breakCycle()
      return 0
    }
    const height = each.depth + 1 + (this.#heights.get(each.target) ?? 0)
    if (height > maxDepth) {
      each.breakDepth()
      return 0
    }
    return height
  }
}
