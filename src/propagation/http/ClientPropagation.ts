/**
 * A client that takes the scope along.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"

/** @since 0.1.0 */
export interface ClientOptions { readonly hosts?: ReadonlyArray<string> | undefined }
export const withPropagation = (client: HttpClient.HttpClient, _options: ClientOptions = {}): HttpClient.HttpClient => client
