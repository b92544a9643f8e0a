import { Effect } from "effect"
import * as MemoryBuffer from "../../../src/delivery/buffer/MemoryBuffer.js"
import { suite } from "./suite.js"

suite({
  name: "memory",
  open: (bounds) => Effect.sync(() => MemoryBuffer.make(bounds)),
  keeps: false,
  programs: 300
})
