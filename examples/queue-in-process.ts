/** A job queue: the scope of whoever asked for a job travels in the message, and the worker enters it again. */
import { Console, Effect, Fiber, Queue } from "effect"
import { currentScope, fresh, Posthog, type PosthogScope, PosthogTest, withScope, withScopeValue } from "effect-posthog"

interface Job {
  readonly name: string
  readonly scope: PosthogScope
}

const submit = (jobs: Queue.Enqueue<Job>, name: string) =>
  Effect.flatMap(currentScope, (scope) => Queue.offer(jobs, { name, scope }))

const worker = (jobs: Queue.Dequeue<Job>) =>
  Queue.take(jobs).pipe(
    Effect.flatMap(({ name, scope }) =>
      Posthog.capture("job done", { properties: { name } }).pipe(withScopeValue(scope))
    ),
    Effect.repeatN(1)
  )

Effect.gen(function*() {
  const jobs = yield* Queue.unbounded<Job>()
  const running = yield* Effect.fork(worker(jobs))
  yield* submit(jobs, "export").pipe(withScope(fresh, { distinctId: "ada", tags: { tenant: "acme" } }))
  yield* submit(jobs, "import").pipe(withScope(fresh, { distinctId: "grace", tags: { tenant: "cobol" } }))
  yield* Fiber.join(running)
  for (const { distinctId, properties } of yield* PosthogTest.events) {
    yield* Console.log(`${properties["name"]} for ${distinctId} of ${properties["tenant"]}`)
  }
}).pipe(Effect.provide(PosthogTest.layer), Effect.runPromise)
