/**
 * What posthog-js asks before it begins: which of PostHog's features there are. Here: events and flags, nothing that
 * would load a script from elsewhere.
 *
 * @since 0.1.0
 */
import * as Answer from "./Answer.js"
import { type Exchange, type Verdict, verdict } from "./Exchange.js"

/** The features, as PostHog's remote configuration names them. */
export const features = {
  supportedCompression: ["gzip", "gzip-js"],
  hasFeatureFlags: true,
  captureDeadClicks: false,
  capturePerformance: false,
  autocapture_opt_out: false,
  autocaptureExceptions: false,
  analytics: { endpoint: "/i/v0/e/" },
  elementsChainAsString: true,
  errorTracking: { autocaptureExceptions: false, suppressionRules: [] },
  sessionRecording: false,
  heatmaps: false,
  surveys: false,
  toolbarParams: {},
  isAuthenticated: false,
  siteApps: [],
  defaultIdentifiedOnly: true
}

const placePattern = /^\/array\/([^/]+)\/config(\.js)?$/

/** Is this the path of a configuration? */
export const isPath = (route: string): boolean => placePattern.test(route)

/** `GET /array/:token/config` answers JSON, `config.js` a script that posthog-js loads. */
export const answer = (exchange: Exchange): Verdict => {
  const [, token = "", script] = placePattern.exec(exchange.route) ?? []
  const key = decoded(token)
  if (key === undefined || !exchange.knowsProject(key)) {
    const problem = "the project key is not one that this server knows"
    return verdict(Answer.problem(exchange.endpoint, 401, "unauthorized", [problem]), [problem])
  }
  const config = { token: key, ...features }
  return verdict(
    script === undefined
      ? Answer.make(200, config)
      : Answer.make(200, scriptOf(key, config), { "content-type": "application/javascript; charset=utf-8" })
  )
}

const decoded = (token: string): string | undefined => {
  try {
    return decodeURIComponent(token)
  } catch {
    return undefined
  }
}

/** JSON that stands in a script: nothing in it may end the script or a line. */
const literal = (value: unknown): string =>
  JSON.stringify(value).replace(/[<\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)

const scriptOf = (key: string, config: unknown): string =>
  `(function(){window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{};` +
  `window._POSTHOG_REMOTE_CONFIG[${literal(key)}]={config:${literal(config)},siteApps:[]}})();`
