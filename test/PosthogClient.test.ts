import { it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { layerLocal } from "./support/flags.js"

it.effect(
  "a client whose layer is built in an uninterruptible region closes like any other",
  () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      yield* Effect.uninterruptible(Layer.buildWithScope(layerLocal(), scope))
      yield* Scope.close(scope, Exit.void)
    }),
  10_000
)
