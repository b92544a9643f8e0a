/** An order: plain code in a request, with the request's scope wherever it goes on. */
import * as PosthogNext from "effect-posthog/hosts/PosthogNext"
import { notFound, redirect } from "next/navigation"
import type { NextRequest } from "next/server"
import { setTimeout } from "node:timers/promises"
import { posthog } from "../../../posthog"

interface Context {
  readonly params: Promise<{ readonly id: string }>
}

/** Knows nothing of requests, and captures for the right one. */
const load = async (id: string) => {
  await setTimeout(Number(id) % 7)
  posthog.capture("order loaded", { properties: { id } })
  return { id, total: 42 }
}

export const GET = PosthogNext.route(posthog, async (request: NextRequest, { params }: Context) => {
  const { id } = await params
  posthog.capture("order asked for", { properties: { id } })
  posthog.tag(`order.${id}`, id)
  const order = await load(id)
  switch (request.nextUrl.searchParams.get("as")) {
    case "broken":
      throw new Error(`order ${id} is broken`)
    case "missing":
      notFound()
    case "moved":
      redirect(`/api/orders/${id}`)
  }
  return Response.json({ ...order, who: posthog.currentScope().view.distinctId })
})

export const POST = PosthogNext.route(posthog, async (request: NextRequest, { params }: Context) => {
  const { id } = await params
  const { total } = await request.json()
  posthog.capture("order paid", { properties: { id, total } })
  return Response.json({ who: posthog.currentScope().view.distinctId }, { status: 201 })
})
