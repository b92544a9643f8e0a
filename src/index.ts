/**
 * A PostHog server SDK that is native to Effect.
 *
 * @since 0.1.0
 */
export { capture as captureException, ExceptionCapture } from "./scope/ExceptionCapture.js"
export { fresh, inherited } from "./scope/Frame.js"
export type { PosthogScope } from "./scope/PosthogScope.js"
export * from "./scope/ScopeGetters.js"
export * from "./scope/ScopeRegion.js"
export * from "./scope/ScopeSetters.js"
