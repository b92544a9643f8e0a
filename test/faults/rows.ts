/** The faults, one row each. */
import type { Row } from "./row.js"
import { batchRows } from "./rows/batches.js"
import { endRows } from "./rows/ends.js"
import { outageRows } from "./rows/outages.js"
import { outboxRows } from "./rows/outbox.js"
import { v1Rows } from "./rows/v1.js"

export const rows: ReadonlyArray<Row> = [...outageRows, ...batchRows, ...endRows, ...v1Rows, ...outboxRows]
