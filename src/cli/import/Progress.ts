/**
 * Shows how an import goes: a line that is drawn again and again on a terminal, otherwise a new line now and then.
 *
 * @since 0.1.0
 */
import * as Terminal from "@effect/platform/Terminal"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Tally from "./Tally.js"

/** Shows what `view` says until the scope closes, and leaves a terminal's line empty then. */
export const show = (
  view: Effect.Effect<Tally.View>
): Effect.Effect<void, never, Terminal.Terminal | Scope.Scope> =>
  Effect.gen(function*() {
    const terminal = yield* Terminal.Terminal
    if (!(yield* terminal.isTTY)) {
      const line = Effect.flatMap(view, (now) => Console.log(Tally.render(now)))
      yield* Effect.forkScoped(Effect.repeat(Effect.delay(line, "10 seconds"), Schedule.forever))
      return
    }
    // what cannot be shown does not stop an import
    const display = (text: string) => Effect.ignore(terminal.display(text))
    const draw = Effect.gen(function*() {
      const columns = yield* terminal.columns
      yield* display(`\r${Tally.render(yield* view, columns === 0 ? 80 : columns)}${eraseRest}`)
    })
    yield* Effect.addFinalizer(() => display(`\r${eraseRest}`))
    yield* Effect.forkScoped(Effect.repeat(draw, Schedule.spaced("200 millis")))
  })

const eraseRest = "\u001b[K"
