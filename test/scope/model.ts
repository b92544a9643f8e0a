/**
 * The reference model of the scope, written from its rules and not from its code: it imports nothing of the library.
 *
 * First what a scope is: frames with an identity, what is visible of them, what a write and a merge do. Then as much of
 * a fiber as the rules speak of: virtual time, fork, wait, interruption. Mutable maps and generators, nothing clever.
 */

// ---------------------------------------------------------------------------------------------------------------------
// scopes
// ---------------------------------------------------------------------------------------------------------------------

export type Mode = "fresh" | "inherited"

/** Who a frame is. `open` is of use only to frames that a `Scope` or a layer opened. */
export class FrameId {
  open = true
  readonly mode: Mode
  constructor(mode: Mode) {
    this.mode = mode
  }
}

/** What was written and by which fiber; no value: the key was taken away. Its identity is the write's. */
export interface Write {
  readonly value?: unknown
  readonly writer: Fiber
  /** A section that was set where it had been taken away: nothing of an outer frame merges into it. */
  readonly alone?: boolean
}

/** One fiber's copy of a frame. */
export interface Frame {
  readonly id: FrameId
  /** Does this copy go away when the frame's region closes? */
  readonly bound: boolean
  readonly slots: Map<string, Write>
  /** Is it a request's or a timed operation's? Then notes are its. */
  readonly operation?: boolean
}

export type Kind = "tag" | "id" | "group" | "person" | "groupProperty" | "section" | "note"

/** A slot's name: what kind of data, and its key, with the group's type first for group properties. */
export const slot = (kind: Kind, ...key: ReadonlyArray<string>): string => JSON.stringify([kind, ...key])

const copy = (frames: ReadonlyArray<Frame>, bound: boolean): Array<Frame> =>
  frames.map((frame) => ({ ...frame, bound: bound && frame.bound, slots: new Map(frame.slots) }))

/** The frames that are still there, outermost first. */
export const live = (frames: ReadonlyArray<Frame>): Array<Frame> =>
  frames.filter((frame) => !frame.bound || frame.id.open)

/** What is visible: from the innermost frame down to the innermost fresh one, the inner frame wins key by key. */
export const visible = (frames: ReadonlyArray<Frame>): Map<string, unknown> => {
  const result = new Map<string, unknown>()
  for (const frame of live(frames)) {
    if (frame.id.mode === "fresh") {
      result.clear()
    }
    for (const [key, write] of frame.slots) {
      if (!("value" in write)) {
        result.delete(key)
      } else if (key.startsWith("[\"section\"")) {
        // what stands under a section's slot are its fields
        const outer = write.alone === true ? {} : { ...result.get(key) as Fields | undefined }
        result.set(key, mergeFields(key, outer, write.value as Fields))
      } else {
        result.set(key, write.value)
      }
    }
  }
  return result
}

type Fields = { readonly [field: string]: unknown }

/** Sections merge field by field, but a name's version is its own, and so is an id's parent. */
const mergeFields = (key: string, { ...outer }: { [field: string]: unknown }, inner: Fields): Fields => {
  if (key === slot("section", "correlation") && "id" in inner) {
    delete outer["parentId"]
  }
  if (key === slot("section", "service") && "name" in inner) {
    delete outer["version"]
  }
  return { ...outer, ...inner }
}

/** The frame that notes are written to: the innermost operation's that is visible, else the innermost. */
export const noted = (frames: ReadonlyArray<Frame>): Frame | undefined => {
  const standing = live(frames)
  const fresh = standing.findLastIndex((frame) => frame.id.mode === "fresh")
  return standing.slice(Math.max(fresh, 0)).findLast((frame) => frame.operation === true) ?? standing.at(-1)
}

/** What has changed from one stack to another: the writes, and the frames that came to stand on it. */
interface Changes {
  readonly writes: ReadonlyArray<readonly [id: FrameId, key: string, write: Write]>
  readonly opened: ReadonlyArray<Frame>
}

const changes = (from: ReadonlyArray<Frame>, to: ReadonlyArray<Frame>): Changes => {
  const writes: Array<readonly [FrameId, string, Write]> = []
  const opened: Array<Frame> = []
  for (const frame of live(to)) {
    const before = from.find((other) => other.id === frame.id)
    if (before === undefined) {
      opened.push(frame)
    } else {
      for (const [key, write] of frame.slots) {
        if (before.slots.get(key) !== write) {
          writes.push([frame.id, key, write])
        }
      }
    }
  }
  return { writes, opened }
}

// ---------------------------------------------------------------------------------------------------------------------
// fibers
// ---------------------------------------------------------------------------------------------------------------------

export type Run = Generator<Wait, void, void>

/** How a fiber waits: it is told to whom to say that the wait is over, and answers how to give up waiting. */
type Wait = (done: () => void) => () => void

/** Every way to fail is the same to the scope. */
export class Failure {
  readonly _tag = "Failure"
}

const interruption = new Failure()

export class Fiber {
  readonly parent: Fiber | undefined
  /** Its place among the children of its parent, in the order they were forked. */
  readonly index: number
  /** Whose end is also this fiber's end. */
  readonly owner: Fiber | undefined
  /** Who owns what this fiber forks: itself, but for the workers of concurrent loops. */
  readonly childrenOwner: Fiber
  frames: Array<Frame>
  readonly atFork: ReadonlyArray<Frame>
  readonly children = new Set<Fiber>()
  readonly watchers = new Set<() => void>()
  forks = 0
  interruptible: boolean
  interrupted = false
  exit: "running" | "success" | Failure = "running"
  body: Run | undefined
  started = false
  stopWaiting: (() => void) | undefined

  constructor(
    parent: Fiber | undefined,
    frames: Array<Frame>,
    interruptible: boolean,
    owner?: Fiber,
    childrenOwner?: Fiber
  ) {
    this.parent = parent
    this.index = parent === undefined ? 0 : parent.forks++
    this.frames = frames
    this.atFork = copy(frames, true)
    this.interruptible = interruptible
    this.owner = owner
    this.childrenOwner = childrenOwner ?? this
  }

  /** The child of this fiber that another one descends from, or is. */
  childTowards(other: Fiber): Fiber | undefined {
    let current: Fiber | undefined = other
    while (current !== undefined && current.parent !== this) {
      current = current.parent
    }
    return current
  }
}

export class World {
  now = 0
  private readonly ready: Array<() => void> = []
  private readonly timers = new Map<object, readonly [at: number, wake: () => void]>()
  private readonly order: "first" | "last"

  /** Which of several runnable fibers goes first must not matter: programs are run both ways to check that. */
  constructor(order: "first" | "last" = "first") {
    this.order = order
  }

  run(main: (fiber: Fiber) => Run): void {
    const fiber = new Fiber(undefined, [], true)
    this.start(fiber, main)
    for (;;) {
      const task = this.order === "first" ? this.ready.shift() : this.ready.pop()
      if (task !== undefined) {
        task()
        continue
      }
      let next: readonly [timer: object, at: number, wake: () => void] | undefined
      for (const [timer, [at, wake]] of this.timers) {
        if (next === undefined || at < next[1]) {
          next = [timer, at, wake]
        }
      }
      if (next === undefined) {
        break
      }
      this.timers.delete(next[0])
      this.now = next[1]
      next[2]()
    }
    if (fiber.exit === "running") {
      throw new Error("the model is stuck")
    }
  }

  private start(fiber: Fiber, main: (fiber: Fiber) => Run) {
    fiber.owner?.children.add(fiber)
    fiber.body = this.life(fiber, main)
    this.ready.push(() => this.step(fiber, false))
  }

  private *life(fiber: Fiber, main: (fiber: Fiber) => Run): Run {
    let exit: "success" | Failure = "success"
    try {
      if (fiber.interruptible && fiber.interrupted) {
        throw interruption
      }
      yield* main(fiber)
    } catch (error) {
      exit = asFailure(error)
    }
    // the children of a fiber end with it, and it ends after them
    fiber.interruptible = false
    while (fiber.children.size > 0) {
      const children = [...fiber.children]
      children.forEach((child) => this.signal(child))
      for (const child of children) {
        yield* this.done(child)
      }
    }
    fiber.exit = exit
    fiber.owner?.children.delete(fiber)
    for (const watcher of fiber.watchers) {
      watcher()
    }
  }

  private step(fiber: Fiber, interrupt: boolean) {
    const stop = fiber.started && (interrupt || (fiber.interruptible && fiber.interrupted))
    fiber.started = true
    const result = stop ? fiber.body!.throw(interruption) : fiber.body!.next()
    if (!result.done) {
      let over = false
      const giveUp = result.value(() => {
        if (!over) {
          over = true
          fiber.stopWaiting = undefined
          this.ready.push(() => this.step(fiber, false))
        }
      })
      if (!over) {
        fiber.stopWaiting = () => {
          over = true
          giveUp()
        }
      }
    }
  }

  /** Tells a fiber and its children to stop; whoever is in an uninterruptible region hears of it on leaving that. */
  signal(fiber: Fiber): void {
    if (fiber.exit === "running") {
      fiber.interrupted = true
      for (const child of fiber.children) {
        this.signal(child)
      }
      if (fiber.interruptible && fiber.stopWaiting !== undefined) {
        fiber.stopWaiting()
        fiber.stopWaiting = undefined
        this.ready.push(() => this.step(fiber, true))
      }
    }
  }

  *sleep(ms: number): Run {
    yield (done) => {
      const timer = {}
      this.timers.set(timer, [this.now + ms, done])
      return () => this.timers.delete(timer)
    }
  }

  /** Waits until one of these fibers has ended. */
  *done(...fibers: ReadonlyArray<Fiber>): Run {
    if (fibers.every((fiber) => fiber.exit === "running")) {
      yield (done) => {
        fibers.forEach((fiber) => fiber.watchers.add(done))
        return () => fibers.forEach((fiber) => fiber.watchers.delete(done))
      }
    }
  }

  *interrupt(fiber: Fiber): Run {
    this.signal(fiber)
    yield* this.done(fiber)
  }

  // ------------------------------------------------------------------------------------------------------------------
  // regions
  // ------------------------------------------------------------------------------------------------------------------

  *uninterruptible(fiber: Fiber, body: (was: boolean) => Run): Run {
    const was = fiber.interruptible
    fiber.interruptible = false
    try {
      yield* body(was)
    } finally {
      fiber.interruptible = was
    }
    if (was && fiber.interrupted) {
      throw interruption
    }
  }

  *ensuring(fiber: Fiber, body: Run, finalizer: () => Run): Run {
    yield* this.uninterruptible(fiber, (was) => this.ensuringIn(fiber, was, body, finalizer))
  }

  private *ensuringIn(fiber: Fiber, was: boolean, body: Run, finalizer: () => Run): Run {
    let failure: Failure | undefined
    fiber.interruptible = was
    try {
      yield* body
    } catch (error) {
      failure = asFailure(error)
    }
    fiber.interruptible = false
    yield* finalizer()
    if (failure !== undefined) {
      throw failure
    }
  }

  /** Goes on after a failure. An interruption from outside cannot be stopped by that. */
  *attempt(fiber: Fiber, body: Run, onFailure: (failure: Failure) => void = () => {}): Run {
    try {
      yield* body
    } catch (error) {
      const failure = asFailure(error)
      if (fiber.interrupted && fiber.interruptible) {
        throw failure
      }
      onFailure(failure)
    }
  }

  /** Runs in a frame of its own, which is gone afterwards however that ends. */
  *within(fiber: Fiber, frame: Frame, body: Run): Run {
    fiber.frames.push(frame)
    yield* this.ensuring(fiber, body, () => this.leave(fiber, frame.id))
  }

  *leave(fiber: Fiber, id: FrameId): Run {
    id.open = false
    fiber.frames = fiber.frames.filter((frame) => frame.id !== id)
  }

  // ------------------------------------------------------------------------------------------------------------------
  // concurrency
  // ------------------------------------------------------------------------------------------------------------------

  fork(parent: Fiber, main: (fiber: Fiber) => Run, kind: "child" | "daemon" = "child"): Fiber {
    const supervisor = parent.childrenOwner
    const fiber = new Fiber(
      parent,
      copy(live(parent.frames), false),
      parent.interruptible,
      kind === "daemon" || supervisor.exit !== "running" ? undefined : supervisor
    )
    this.start(fiber, main)
    return fiber
  }

  *join(fiber: Fiber, child: Fiber): Run {
    yield* this.done(child)
    if (child.exit !== "success") {
      throw child.exit
    }
    this.merge(fiber, child)
  }

  /** What the child wrote since its fork reaches the joiner, frame by frame; of two siblings the later forked one wins. */
  merge(joiner: Fiber, child: Fiber): void {
    const { opened, writes } = changes(child.atFork, child.frames)
    for (const [id, key, write] of writes) {
      const frame = live(joiner.frames).find((frame) => frame.id === id)
      if (frame === undefined) {
        continue
      }
      const standing = frame.slots.get(key)
      const before = standing && joiner.childTowards(standing.writer)
      const after = joiner.childTowards(write.writer)
      if (before === undefined || after === undefined || before.index <= after.index) {
        frame.slots.set(key, write)
      }
    }
    // frames that it built for the joiner; those it only had a copy of stay its own
    for (const frame of opened) {
      if (frame.bound && joiner.frames.every((other) => other.id !== frame.id)) {
        joiner.frames.push({ ...frame, slots: new Map(frame.slots) })
      }
    }
  }

  /**
   * Concurrent children. `lanes` lists for each of them what it does one after the other; more elements than lanes are
   * taken by whichever lane is free, as Effect does.
   */
  *all(fiber: Fiber, elements: ReadonlyArray<(fiber: Fiber) => Run>, lanes: number): Run {
    yield* this.uninterruptible(fiber, (was) => this.allIn(fiber, was, [...elements], lanes))
  }

  private *allIn(fiber: Fiber, was: boolean, todo: Array<(fiber: Fiber) => Run>, lanes: number): Run {
    const supervisor = fiber.childrenOwner
    const ended: Array<Fiber> = []
    const workers: Array<Fiber> = []
    let failure: Failure | undefined
    const stop = () => {
      todo = []
      workers.forEach((worker) => this.signal(worker))
    }
    const work = (worker: Fiber) =>
      this.work(worker, () => todo.shift(), (error) => {
        failure ??= error
        stop()
      })
    for (let i = Math.min(todo.length, lanes); i > 0; i--) {
      const worker = new Fiber(fiber, copy(live(fiber.frames), false), was, undefined, supervisor)
      const first = todo.shift()!
      worker.watchers.add(() => ended.push(worker))
      workers.push(worker)
      this.start(worker, (worker) =>
        this.chain(
          this.guard(worker, first, (error) => {
            failure ??= error
            stop()
          }),
          () => work(worker)
        ))
    }
    fiber.interruptible = was
    try {
      for (const worker of workers) {
        yield* this.done(worker)
      }
      fiber.interruptible = false
    } catch (error) {
      fiber.interruptible = false
      failure ??= asFailure(error)
      stop()
      for (const worker of workers) {
        yield* this.done(worker)
      }
    }
    if (failure !== undefined) {
      throw failure
    }
    ended.forEach((worker) => this.merge(fiber, worker))
  }

  private *chain(first: Run, then: () => Run): Run {
    yield* first
    yield* then()
  }

  private *work(worker: Fiber, next: () => ((fiber: Fiber) => Run) | undefined, failed: (error: Failure) => void): Run {
    for (let element = next(); element !== undefined; element = next()) {
      yield* this.guard(worker, element, failed)
    }
  }

  /** A worker hears of its element's failure even if that is an interruption. */
  private *guard(worker: Fiber, element: (fiber: Fiber) => Run, failed: (error: Failure) => void): Run {
    const was = worker.interruptible
    try {
      yield* element(worker)
    } catch (error) {
      failed(asFailure(error))
    } finally {
      worker.interruptible = was
    }
  }

  /** The first success wins and is merged; the loser is stopped and waited for. */
  *race(fiber: Fiber, left: (fiber: Fiber) => Run, right: (fiber: Fiber) => Run): Run {
    const a = this.fork(fiber, left)
    const b = this.fork(fiber, right)
    yield* this.done(a, b)
    const [first, second] = a.exit === "running" ? [b, a] : [a, b]
    if (first.exit === "success") {
      this.merge(fiber, first)
      yield* this.interrupt(second)
    } else {
      yield* this.join(fiber, second)
    }
  }

  /** The first one to end decides, also by a failure. */
  *raceFirst(fiber: Fiber, left: (fiber: Fiber) => Run, right: (fiber: Fiber) => Run): Run {
    const failures = new Map<Fiber, Failure>()
    const racer = (body: (fiber: Fiber) => Run) => (fiber: Fiber) =>
      this.attempt(fiber, body(fiber), (failure) => failures.set(fiber, failure))
    const a = this.fork(fiber, racer(left))
    const b = this.fork(fiber, racer(right))
    yield* this.done(a, b)
    const [first, second] = a.exit === "running" ? [b, a] : [a, b]
    const winner = first.exit === "success" ? first : second
    if (winner === first) {
      this.merge(fiber, first)
      yield* this.interrupt(second)
    } else {
      yield* this.join(fiber, second)
    }
    if (failures.has(winner)) {
      throw failures.get(winner)
    }
  }

  *timeout(fiber: Fiber, ms: number, body: (fiber: Fiber) => Run): Run {
    yield* this.uninterruptible(fiber, (was) => this.timeoutIn(fiber, was, ms, body))
  }

  private *timeoutIn(fiber: Fiber, was: boolean, ms: number, body: (fiber: Fiber) => Run): Run {
    let failure: Failure | undefined
    const self = this.fork(fiber, (self) => {
      self.interruptible = was
      return this.guard(self, body, (error) => {
        failure = error
      })
    })
    const timer = new Fiber(fiber, copy(live(fiber.frames), false), true)
    this.start(timer, () => this.sleep(ms))
    yield* this.done(self, timer)
    if (self.exit === "running") {
      yield* this.interrupt(self)
      throw new Failure()
    }
    this.signal(timer)
    if (failure !== undefined) {
      throw failure
    }
    this.merge(fiber, self)
  }

  // ------------------------------------------------------------------------------------------------------------------
  // what is computed once, and what is released later
  // ------------------------------------------------------------------------------------------------------------------

  /** The first fiber computes; the others wait and get the writes that were made in frames they stand in too. */
  cached(body: (fiber: Fiber) => Run): (fiber: Fiber) => Run {
    let made: ReadonlyArray<readonly [FrameId, string, Write]> | undefined
    let first: Fiber | undefined
    let interrupted = false
    const waiting = new Set<() => void>()
    const compute = function*(fiber: Fiber): Run {
      const before = copy(live(fiber.frames), true)
      const was = fiber.interrupted
      yield* body(fiber)
      // Effect shares all that changed while it was computed, even that its fiber was told to stop
      interrupted = fiber.interrupted && !was
      made = changes(before, fiber.frames).writes
      waiting.forEach((done) => done())
    }
    const wait = function*(fiber: Fiber): Run {
      if (made === undefined) {
        yield (done) => {
          waiting.add(done)
          return () => waiting.delete(done)
        }
      }
      for (const [id, key, write] of made!) {
        live(fiber.frames).find((frame) => frame.id === id)?.slots.set(key, write)
      }
      fiber.interrupted ||= interrupted
    }
    return (fiber) => {
      if (first === undefined) {
        first = fiber
        return compute(fiber)
      }
      return wait(fiber)
    }
  }

  /**
   * A finalizer that was registered with a `Scope` runs in the fiber references of its registration, and what has
   * changed since then stands again afterwards: that is how Effect runs finalizers. Its own writes stay, frame by frame.
   */
  *finalize(fiber: Fiber, registered: ReadonlyArray<Frame>, finalizer: () => Run): Run {
    const before = fiber.frames
    const atRegistration = copy(live(registered), true)
    fiber.frames = copy(atRegistration, true)
    yield* finalizer()
    const { writes } = changes(atRegistration, fiber.frames)
    fiber.frames = before
    for (const [id, key, write] of writes) {
      const frame = live(before).find((frame) => frame.id === id)
      const then = atRegistration.find((frame) => frame.id === id)!
      if (frame !== undefined && frame.slots.get(key) === then.slots.get(key)) {
        frame.slots.set(key, write)
      }
    }
  }

  remember(fiber: Fiber): ReadonlyArray<Frame> {
    return copy(live(fiber.frames), true)
  }
}

const asFailure = (error: unknown): Failure => {
  if (error instanceof Failure) {
    return error
  }
  throw error
}
