// the compiled benchmarks and fault tests lie outside this package: they reach what it has installed through here
export { PostHog } from "posthog-node"
