/**
 * The options of the server's middleware with their defaults.
 *
 * @since 0.1.0
 */
import * as ApiErrors from "./ApiErrors.js"
import * as ClientAddress from "./ClientAddress.js"
import type * as ReceivedHeaders from "./ReceivedHeaders.js"
import type { ServerOptions } from "./ServerOptions.js"

export interface ServerSettings extends
  Pick<
    ServerOptions<unknown>,
    | "captureExceptions"
    | "client"
    | "extractUser"
    | "extraTags"
    | "onResponse"
    | "operationName"
    | "requestFilter"
    | "tagMap"
  >
{
  readonly accepted: ReceivedHeaders.Accepted
  readonly headerFirst: boolean
  readonly correlation: "inherit" | "child" | "new"
  readonly address: ClientAddress.ClientAddress
  /** `undefined`: no header is believed. */
  readonly addressHeader: ClientAddress.AddressHeader | undefined
  readonly statusOf: ReturnType<typeof ApiErrors.make>
}

export const resolve = (options: ServerOptions<unknown>): ServerSettings => {
  const { addressHeader = "x-forwarded-for", trustedProxies } = options
  return {
    captureExceptions: options.captureExceptions,
    client: options.client,
    extractUser: options.extractUser,
    extraTags: options.extraTags,
    onResponse: options.onResponse,
    operationName: options.operationName,
    requestFilter: options.requestFilter,
    tagMap: options.tagMap,
    accepted: { identity: options.headerIdentity ?? true, tags: options.acceptTags },
    headerFirst: options.headerFirst ?? false,
    correlation: options.correlation ?? "inherit",
    address: trustedProxies === undefined ? ClientAddress.direct : ClientAddress.make(trustedProxies, addressHeader),
    addressHeader: trustedProxies === undefined ? undefined : addressHeader,
    statusOf: ApiErrors.make()
  }
}
