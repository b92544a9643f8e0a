#!/usr/bin/env node
/**
 * The program behind `npx effect-posthog`.
 *
 * @since 0.1.0
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { argv } from "node:process"
import * as Cli from "./Cli.js"
import * as ExitCode from "./ExitCode.js"

NodeRuntime.runMain(
  Cli.run(argv).pipe(Effect.provide(Layer.merge(NodeContext.layer, FetchHttpClient.layer))),
  { disableErrorReporting: true, teardown: ExitCode.teardown }
)
