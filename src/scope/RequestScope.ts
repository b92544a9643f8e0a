/**
 * The frame of a request.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../domain/GuardedRead.js"
import { toId } from "../domain/Id.js"
import type { Properties } from "../domain/PropertyValue.js"
import type { Frame } from "./Frame.js"
import { inherited } from "./Mode.js"
import * as PosthogScope from "./PosthogScope.js"
import { makeFrame } from "./ScopeOptions.js"
import { type RequestFields, section } from "./sections/RequestSection.js"

/**
 * A request. What is not given, or empty, is taken over from the request around it.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestOptions extends RequestFields {
  /** Of low cardinality: variable data belongs into the metadata. */
  readonly operationName?: string | undefined
  /** What is noted about it: at most 64 entries of 1 KiB; larger values are told by their type and size. */
  readonly metadata?: Properties | undefined
}

/** The frame of a request inside `around` that arrives `now`, in milliseconds since the epoch. */
export const requestFrame = (around: PosthogScope.PosthogScope, now: number, request: RequestOptions): Frame => {
  const before = PosthogScope.section(around, section)?.timestamp
  // what a caller passes may do anything when it is read
  const read = <K extends keyof RequestOptions>(key: K) => GuardedRead.guarded(() => request[key])
  const operationName = toId(read("operationName"))
  return makeFrame(
    inherited,
    {
      request: {
        userId: read("userId"),
        requestId: read("requestId"),
        timestamp: read("timestamp") ?? (before === undefined ? now : undefined)
      },
      operation: operationName === undefined ? undefined : { name: operationName, startTime: now },
      metadata: read("metadata"),
      captureExceptions: false
    },
    false,
    true
  )
}
