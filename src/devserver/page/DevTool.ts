/**
 * The embedded PostHog as a tool: the server, its database, its flags and its page, as one `HttpApp`.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as DevServer from "../DevServer.js"
import * as Fault from "../Fault.js"
import type { FlagsRequest } from "../FlagRoutes.js"
import type { Journal } from "../Journal.js"
import * as Transport from "../Transport.js"
import * as Arrivals from "./Arrivals.js"
import * as BrowserAccess from "./BrowserAccess.js"
import * as DeliveryBook from "./DeliveryBook.js"
import type { EventDatabase } from "./EventDatabase.js"
import * as EventStream from "./EventStream.js"
import * as FlagAnswers from "./FlagAnswers.js"
import * as FlagFile from "./FlagFile.js"
import * as FlagStore from "./FlagStore.js"
import * as Guard from "./Guard.js"
import type { Delivery, FaultName } from "./PageApi.js"
import * as PageRoutes from "./PageRoutes.js"

/** What the tool is run with. */
export interface Options {
  /** Where it will be, without a final slash. */
  readonly url: string
  readonly database: EventDatabase
  /** Where `index.html`, `style.css` and `page.js` stand. */
  readonly assets: string
  /** The file of flag definitions; `undefined`: they live in memory. */
  readonly flags: string | undefined
  /** Can it only be reached from this machine? */
  readonly onLoopback: boolean
  /** Who has it may see the page; `undefined`: everybody who can reach it may. Events need none. */
  readonly token: Redacted.Redacted | undefined
}

const faults: Readonly<Record<Exclude<FaultName, "none">, Fault.Fault>> = {
  503: Fault.Status({ status: 503 }),
  slow: Fault.Delay({ duration: "3 seconds" }),
  reset: Fault.Reset()
}

const types: ReadonlyMap<string, string> = new Map([
  ["index.html", "text/html; charset=utf-8"],
  ["style.css", "text/css; charset=utf-8"],
  ["page.js", "text/javascript; charset=utf-8"]
])

/** Nothing but what stands in the package runs in the page, and nothing that an event holds becomes a part of it. */
const pageHeaders = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

const refused = (status: 401 | 403, error: string) => HttpServerResponse.unsafeJson({ error }, { status })

const pathOf = (url: string): string => url.split("?", 1)[0] ?? "/"

const fileOf = (path: string): string | undefined => {
  const name = path === "/" ? "index.html" : path.slice(1)
  return types.has(name) ? name : undefined
}

/** Runs until the scope closes. */
export const make = (
  options: Options
): Effect.Effect<
  { readonly httpApp: HttpApp.Default; readonly server: DevServer.Service },
  never,
  FileSystem.FileSystem | Path.Path | Scope.Scope
> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    const clock = yield* Effect.clock
    const { database } = options
    const book = DeliveryBook.make()
    const guard = Guard.make(options)
    let fault: FaultName = "none"
    const delivery = (): Delivery => ({ fault, ...book.read() })
    const stream = EventStream.make(delivery)

    const journal: Journal = {
      record: (request, events, records, remarks) => {
        const arrived = events.map(({ event }) =>
          Arrivals.fromEvent(event, request.receivedAt, remarks.get(event.uuid.toLowerCase()) ?? [])
        )
        const { duplicates, summaries } = database.add(arrived, Arrivals.fromRecords(records))
        book.add(request, events.map(({ event }) => event), duplicates)
        stream.arrived(summaries)
        stream.deliveryChanged()
      }
    }

    const server = yield* DevServer.makeApp(options.url, {
      forgiving: true,
      journal,
      // the database remembers, and the book of deliveries
      maxEvents: 1,
      maxRequests: 1
    })

    const file = options.flags === undefined ? undefined : yield* FlagFile.make(options.flags)
    const flags = yield* FlagStore.make(file, (board) =>
      Effect.map(server.setDefinitions(board.raw), () => stream.flagsChanged()))
    yield* server.setDefinitions(flags.board().raw)
    /** What is asked for its values is asked for its details too. */
    const answers = new WeakMap<FlagsRequest, FlagAnswers.Answers>()
    const answer = (request: FlagsRequest): FlagAnswers.Answers => {
      const known = answers.get(request) ??
        FlagAnswers.answer(flags.board(), request, database.personProperties(request.distinct_id), clock)
      answers.set(request, known)
      return known
    }
    yield* server.setFlags(
      (request) =>
        answer(request).values,
      (request) => ({ errorsWhileComputingFlags: answer(request).incomplete })
    )

    const routes = PageRoutes.make({
      database,
      stream,
      flags,
      delivery,
      setFault: (next) =>
        Effect.gen(function*() {
          yield* server.heal
          if (next !== "none") {
            yield* server.always(faults[next])
          }
          fault = next
          stream.deliveryChanged()
        }),
      clear: Effect.zipRight(
        server.clear,
        Effect.sync(() => {
          database.clear()
          book.clear()
          stream.deliveryChanged()
        })
      )
    })

    const asset = (name: string): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
      Effect.match(fs.readFile(paths.join(options.assets, name)), {
        onFailure: () => HttpServerResponse.text(`${name} is missing: the page was not built`, { status: 404 }),
        onSuccess: (bytes) => HttpServerResponse.uint8Array(bytes, { contentType: types.get(name) ?? "text/plain" })
      })

    const page = (request: HttpServerRequest.HttpServerRequest, path: string): HttpApp.Default => {
      const { headers, method, url } = request
      const offered = path === "/" ? new URLSearchParams(url.slice(1)).get("token") : null
      if (offered !== null && guard.cookie !== undefined && guard.isToken(offered)) {
        return Effect.succeed(
          HttpServerResponse.empty({ status: 303, headers: { location: "/", "set-cookie": guard.cookie } })
        )
      }
      if (!guard.knows(headers)) {
        return Effect.succeed(refused(401, "this page needs its token: open the address that the tool printed"))
      }
      if (!guard.allowsOrigin(method, headers)) {
        return Effect.succeed(refused(403, "another page may change nothing here"))
      }
      const name = fileOf(path)
      return name !== undefined && (method === "GET" || method === "HEAD") ? asset(name) : routes
    }

    const receive = BrowserAccess.allow(server.httpApp)
    const connections = Transport.makeConnections()
    // streams to pages never end by themselves; what ended has to be sent before the connection is cut
    yield* Effect.addFinalizer(() =>
      stream.end.pipe(
        Effect.zipRight(Effect.sleep("50 millis")),
        Effect.zipRight(Effect.sync(connections.cutAll))
      )
    )

    const httpApp: HttpApp.Default = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      if (!guard.allowsHost(request.headers)) {
        return Effect.succeed(
          refused(403, "this server answers to the names of this machine only: localhost, 127.0.0.1, [::1]")
        )
      }
      const path = pathOf(request.url)
      if (fileOf(path) === undefined && !path.startsWith("/_dev/")) {
        return receive
      }
      const socket = Transport.socketOf(request)
      if (socket !== undefined) {
        connections.add(socket)
      }
      return Effect.map(page(request, path), HttpServerResponse.setHeaders(pageHeaders))
    })

    return { httpApp, server }
  })
