/** Faults that capture v1 has its own rules for. */
import { allReceived, during, failing, must, type Row, take } from "../row.js"
import { batchRows } from "./batches.js"
import { outageRows } from "./outages.js"

const inV1 = (row: Row): Row => ({
  ...row,
  name: `v1-${row.name}`,
  tried: `capture v1: ${row.tried}`,
  env: { ...row.env, POSTHOG_CAPTURE_MODE: "v1" },
  check: (outcome) => [
    ...row.check(outcome),
    ...must(
      outcome.account.requests.every(({ endpoint }) => endpoint === "captureV1"),
      "requests went to another endpoint than that of capture v1"
    )
  ]
})

const half: Row = {
  name: "half",
  tried: "200 events/s for 12 s; from second 2 the sink takes every other event of a request and asks for the rest " +
    "again, for 6 s",
  peer: true,
  job: { load: { _tag: "Paced", perSecond: 200, seconds: 12 }, settleSeconds: 30 },
  mode: take,
  env: {},
  script: failing({ _tag: "Half" }, 2, 6),
  check: (outcome) => [...allReceived(outcome), ...must(during(outcome.account, "Half") > 1, "all was taken at once")]
}

const repeated = ["429", "resets", "413"]

export const v1Rows: ReadonlyArray<Row> = [
  ...[...outageRows, ...batchRows].filter(({ name }) => repeated.includes(name)),
  half
].map(inV1)
