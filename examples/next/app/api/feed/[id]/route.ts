/** A streamed body: its pieces are made while it is read, in the request's scope. */
import * as PosthogNext from "effect-posthog/hosts/PosthogNext"
import { setTimeout } from "node:timers/promises"
import { posthog } from "../../../posthog"

interface Context {
  readonly params: Promise<{ readonly id: string }>
}

export const GET = PosthogNext.route(posthog, async (_request: Request, { params }: Context) => {
  const { id } = await params
  let left = 3
  const body = new ReadableStream({
    pull: async (controller) => {
      await setTimeout(1)
      if (left-- === 0) {
        controller.close()
      } else {
        posthog.capture("piece", { properties: { id } })
        controller.enqueue(new TextEncoder().encode(String(left)))
      }
    }
  }, { highWaterMark: 0 })
  return new Response(body)
})
