/**
 * Who called: the service at the other end of the request or message that is being handled. Never this service itself.
 *
 * @since 0.1.0
 */
import { toId } from "../../domain/Id.js"
import * as Section from "../Section.js"
import { orNothing, shown } from "./SectionFields.js"

/**
 * Shows on events as `caller_service_name`, `caller_service_version` and `caller_operation_name`. What a caller says of
 * itself is for analytics, never for authentication (TRHDR-11).
 *
 * @since 0.1.0
 * @category models
 */
export interface CallerFields {
  readonly serviceName?: string | undefined
  readonly serviceVersion?: string | undefined
  readonly operationName?: string | undefined
}

/**
 * The innermost caller, whole.
 *
 * @since 0.1.0
 * @category sections
 */
export const section: Section.Section<CallerFields> = Section.make({
  name: "caller",
  merge: (_outer, inner) => inner,
  properties: ({ operationName, serviceName, serviceVersion }) =>
    shown({
      caller_service_name: serviceName,
      caller_service_version: serviceVersion,
      caller_operation_name: operationName
    })
})

/** What of this can stand in a scope; `undefined` where nothing can. */
export const fromFields = (fields: CallerFields): CallerFields | undefined =>
  orNothing({
    serviceName: toId(fields.serviceName),
    serviceVersion: toId(fields.serviceVersion),
    operationName: toId(fields.operationName)
  })
