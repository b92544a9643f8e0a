/**
 * What evaluating flags costs, ours and other clients'. The same flag everywhere: three conditions that all hold, and a
 * rollout of half. Nothing here goes over a network. Every side's options are made beforehand, and before it is measured
 * each shows that it evaluates: posthog-node and we put the same people in, the others as many. Memory is the difference of
 * the heap over a million evaluations of which nothing is collected; Effect's loop around them is measured by itself.
 */
import { room } from "./flagsBytes.js"
import { names } from "./flagsWork.js"
import { compare, memory, print, type Row, weigh } from "./harness.js"

const ours = "./flagsOurs.js"
const peers: ReadonlyArray<readonly [name: string, peer: string]> = [
  [names.off, "./flagsPosthog.js"],
  [names.on, "./flagsPosthog.js"],
  [names.growthBook, "./flagsGrowthBook.js"],
  [names.launchDarkly, "./flagsLaunchDarkly.js"],
  [names.unleash, "./flagsUnleash.js"],
  [names.snapshot100, "./flagsPosthog.js"],
  [names.all100, "./flagsPosthog.js"],
  [names.snapshot1000, "./flagsPosthog.js"],
  [names.all1000, "./flagsPosthog.js"]
]

const rows: Array<Row> = []
for (const [name, peer] of peers) {
  rows.push(await compare(name, { ours, peer }))
}
rows.push(
  await compare(names.scale, { ours, peer: ours }, {
    ourWork: names.snapshot1000,
    peerWork: names.snapshot100,
    peerUnits: 12
  })
)
// an evaluation is a step of a fiber, and what turns it round a million times allocates more than it does
const loop = await weigh(ours, names.bytesLoop, room)
const weights: ReadonlyArray<readonly [alone: string, withLoop: string]> = [
  [names.bytesOff, names.bytesWithLoopOff],
  [names.bytesOn, names.bytesWithLoopOn]
]
for (const [alone, withLoop] of weights) {
  const whole = await weigh(ours, withLoop, room)
  rows.push(
    memory(alone, whole - loop, 256),
    memory(withLoop, whole, await weigh("./flagsPosthog.js", withLoop, room))
  )
}
print("flags", rows, ["posthog-node", "@growthbook/growthbook", "@launchdarkly/node-server-sdk", "unleash-client"])
