/**
 * The properties of an `$exception` event.
 *
 * @since 0.1.0
 */
import { type JsonObject, toJsonObject } from "../domain/JsonValue.js"
import type { CaptureExceptionOptions } from "../scope/ExceptionCapture.js"
import * as ExceptionList from "./ExceptionList.js"

/** `errors` holds at least one. The caller's properties cannot replace those that describe the exception (EXC-02). */
export const make = (errors: ReadonlyArray<unknown>, options: CaptureExceptionOptions): JsonObject => {
  const list = ExceptionList.make(errors, options.handled ?? true)
  return {
    ...toJsonObject(options.properties),
    $exception_list: list,
    $exception_type: list[0]!["type"]!,
    $exception_message: list[0]!["value"]!,
    $exception_level: "error"
  }
}
