/**
 * SQLite as WebAssembly: a file and nothing to install or to compile.
 *
 * `node-sqlite3-wasm` reads and writes the file in place through `node:fs`. sql.js holds the whole database in memory and
 * can only write all of it, `node:sqlite` is not in Node 20, and native drivers have a binary per platform, which cannot
 * be bundled.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BindValues, Database, SQLiteValue, Statement } from "node-sqlite3-wasm"
import { mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { kill, pid } from "node:process"
import { CliError } from "../CliError.js"

export type Row = Readonly<Record<string, SQLiteValue>>

export type Values = ReadonlyArray<string | number | null>

/** One connection, the only one on its file. */
export interface Sqlite {
  /** Runs statements without values. */
  readonly exec: (sql: string) => void
  /** Runs one statement; gives how many rows it changed and the number of the last that was inserted. */
  readonly run: (sql: string, values: Values) => { readonly changes: number; readonly number: number }
  readonly all: (sql: string, values?: Values) => ReadonlyArray<Row>
  /** All of it or nothing. */
  readonly transaction: <A>(body: () => A) => A
}

const fileName = "events.db"

const failed = (message: string) => new CliError({ reason: "fileSystem", message })

const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

const isRunning = (id: number): boolean => {
  try {
    return Number.isSafeInteger(id) && id > 0 && id !== pid && kill(id, 0)
  } catch (error) {
    // it runs, but not for us to signal
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

const readOwner = (path: string): number | undefined => {
  try {
    return Number(readFileSync(path, "utf8").trim())
  } catch {
    return undefined
  }
}

/** One process per folder. A lock that a process left behind when it was killed holds nobody up. */
const claim = (folder: string): Effect.Effect<void, CliError, Scope.Scope> => {
  const path = join(folder, "owner.pid")
  return Effect.acquireRelease(
    Effect.try({
      try: () => {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        const owner = readOwner(path)
        if (owner !== undefined && isRunning(owner)) {
          throw new Error(
            `process ${owner} works with it. Stop that one, or name another folder with --data; ` +
              `where that process is another program, remove ${path}`
          )
        }
        writeFileSync(path, String(pid))
        writeFileSync(join(folder, ".gitignore"), "*\n")
        rmSync(join(folder, `${fileName}.lock`), { recursive: true, force: true })
      },
      catch: (error) => failed(`${folder} cannot be used: ${messageOf(error)}.`)
    }),
    () => Effect.sync(() => unlinkSync(path)).pipe(Effect.catchAllDefect(() => Effect.void))
  )
}

/** Opens, or makes, the database of a folder; `undefined`: one in memory. Closed with the scope. */
export const open = (folder: string | undefined): Effect.Effect<Sqlite, CliError, Scope.Scope> =>
  Effect.gen(function*() {
    if (folder !== undefined) {
      yield* claim(folder)
    }
    const path = folder === undefined ? ":memory:" : join(folder, fileName)
    const unusable = (error: unknown) => failed(`${path} cannot be opened: ${messageOf(error)}`)
    // loading it compiles a megabyte of WebAssembly, which the other commands do without
    const driver = yield* Effect.tryPromise({ try: () => import("node-sqlite3-wasm"), catch: unusable })
    const statements = new Map<string, Statement>()
    const database = yield* Effect.acquireRelease(
      Effect.try({ try: () => new driver.default.Database(path), catch: unusable }),
      (database) =>
        Effect.sync(() => {
          for (const statement of statements.values()) {
            statement.finalize()
          }
          database.close()
        })
    )
    yield* Effect.try({ try: () => configure(database, folder !== undefined), catch: unusable })
    return wrap(database, statements)
  })

/** A write-ahead log needs no shared memory where one process holds the file; it outlives the process being killed. */
const configure = (database: Database, isFile: boolean): void => {
  if (isFile) {
    database.exec("PRAGMA locking_mode = EXCLUSIVE")
    database.exec("PRAGMA journal_mode = WAL")
    database.exec("PRAGMA wal_autocheckpoint = 4000")
  }
  // survives the end of the process, if not of the machine
  database.exec("PRAGMA synchronous = OFF")
  database.exec("PRAGMA cache_size = -65536")
}

const wrap = (database: Database, statements: Map<string, Statement>): Sqlite => {
  const prepared = (sql: string): Statement => {
    const known = statements.get(sql)
    if (known !== undefined) {
      return known
    }
    const statement = database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  // the driver's types ask for an array that may be written to
  const bound = (values: Values): BindValues => [...values]
  return {
    exec: (sql) => database.exec(sql),
    run: (sql, values) => {
      const { changes, lastInsertRowid } = prepared(sql).run(bound(values))
      return { changes, number: Number(lastInsertRowid) }
    },
    // rows are only nested with the option `expand`
    all: (sql, values = []) => prepared(sql).all(bound(values)) as ReadonlyArray<Row>,
    transaction: (body) => {
      database.exec("BEGIN IMMEDIATE")
      try {
        const result = body()
        database.exec("COMMIT")
        return result
      } catch (error) {
        database.exec("ROLLBACK")
        throw error
      }
    }
  }
}
