import { HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Logger } from "effect"
import { currentTags, Posthog } from "effect-posthog"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
import * as Address from "../../../src/propagation/http/Address.js"
import * as ClientAddress from "../../../src/propagation/http/ClientAddress.js"
import * as TrustedProxies from "../../../src/propagation/http/TrustedProxies.js"
import { seed } from "../support.js"
import { send, serve, withPosthog } from "./support.js"

const client = "203.0.113.7"
const spoofed = "6.6.6.6"

interface Row {
  readonly name: string
  readonly trust: PosthogHttp.TrustedProxies
  readonly connection: string | undefined
  readonly header: string | undefined
  readonly address: string | undefined
}

const check = (header: PosthogHttp.AddressHeader, rows: ReadonlyArray<Row>) => {
  for (const { address, connection, header: value, name, trust } of rows) {
    assert.strictEqual(ClientAddress.make(trust, header).of(connection, value), address, name)
  }
}

describe("the address of the client", () => {
  it("is the connection's where no proxy is trusted", () => {
    const { direct } = ClientAddress
    assert.strictEqual(direct.of(client, spoofed), client)
    assert.strictEqual(direct.of(`::ffff:${client}`, spoofed), client)
    assert.strictEqual(direct.of("fe80::1%eth0", spoofed), "fe80::1")
    assert.isUndefined(direct.of(undefined, spoofed))
    assert.isUndefined(direct.of("/run/app.sock", spoofed))
    assert.isFalse(direct.isProxied(client))
  })

  it("by X-Forwarded-For: the first hop from the right that is not a trusted proxy", () => {
    const list = ["10.0.0.0/8", "192.168.1.1", "fd00::/8", "2001:db8:1::/48"]
    check("x-forwarded-for", [
      { name: "one proxy", trust: list, connection: "10.0.0.1", header: client, address: client },
      { name: "two", trust: list, connection: "10.0.0.1", header: `${client}, 192.168.1.1`, address: client },
      {
        name: "what the client wrote",
        trust: list,
        connection: "10.0.0.1",
        header: `${spoofed}, ${client}`,
        address: client
      },
      { name: "whoever is no proxy says nothing", trust: list, connection: client, header: spoofed, address: client },
      { name: "no header", trust: list, connection: "10.0.0.1", header: undefined, address: "10.0.0.1" },
      { name: "proxies only", trust: list, connection: "10.0.0.1", header: "10.1.1.1,10.2.2.2", address: "10.1.1.1" },
      { name: "IPv6", trust: list, connection: "fd00::1", header: "2001:db8::7", address: "2001:db8::7" },
      {
        name: "in brackets with a port",
        trust: list,
        connection: "fd00::1",
        header: "[2001:DB8::7]:443",
        address: "2001:db8::7"
      },
      { name: "IPv4 with a port", trust: list, connection: "10.0.0.1", header: `${client}:8080`, address: client },
      { name: "IPv4 in IPv6", trust: list, connection: "::ffff:10.0.0.1", header: `::ffff:${client}`, address: client },
      {
        name: "an IPv6 proxy",
        trust: list,
        connection: "fd12::1",
        header: `${client}, 2001:db8:1:2::3`,
        address: client
      },
      { name: "beside the network", trust: list, connection: "11.0.0.1", header: spoofed, address: "11.0.0.1" },
      { name: "beside the address", trust: list, connection: "192.168.1.2", header: spoofed, address: "192.168.1.2" },
      { name: "forged", trust: list, connection: "10.0.0.1", header: "'; drop table", address: undefined },
      { name: "unknown", trust: list, connection: "10.0.0.1", header: `${spoofed}, unknown`, address: undefined },
      { name: "empty", trust: list, connection: "10.0.0.1", header: "", address: undefined },
      { name: "no connection's address", trust: list, connection: undefined, header: spoofed, address: undefined },
      { name: "an octal look-alike", trust: list, connection: "10.0.0.1", header: "010.0.0.1", address: undefined }
    ])
    check("x-forwarded-for", [
      { name: "one hop", trust: 1, connection: "198.51.100.1", header: `${spoofed}, ${client}`, address: client },
      { name: "two hops", trust: 2, connection: "x", header: `${spoofed}, ${client}, 10.9.9.9`, address: client },
      { name: "a web handler", trust: 1, connection: undefined, header: client, address: client },
      { name: "none", trust: 0, connection: "198.51.100.1", header: spoofed, address: "198.51.100.1" },
      { name: "fewer than hops", trust: 3, connection: "198.51.100.1", header: client, address: client },
      { name: "a nonsense number", trust: Number.NaN, connection: client, header: spoofed, address: client }
    ])
    const even = (address: string, hop: number) => address.startsWith("10.") && hop < 2
    check("x-forwarded-for", [
      {
        name: "predicate",
        trust: even,
        connection: "10.0.0.1",
        header: `${spoofed}, 10.0.0.3, 10.0.0.2`,
        address: "10.0.0.3"
      },
      { name: "refused", trust: () => false, connection: client, header: spoofed, address: client },
      {
        name: "throws",
        trust: () => {
          throw new Error("no")
        },
        connection: client,
        header: spoofed,
        address: client
      }
    ])
  })

  it("by Forwarded: the elements' for, quoted or not", () => {
    const rows: ReadonlyArray<readonly [header: string, address: string | undefined]> = [
      [`for=${client}`, client],
      [`For="${client}:80";proto=https;by=10.0.0.1`, client],
      [`proto=https;for="[2001:db8::7]:443"`, "2001:db8::7"],
      [`for=${spoofed}, for=${client}`, client],
      [`for=${spoofed},for="[2001:db8::7]"`, "2001:db8::7"],
      ["for=unknown", undefined],
      ["for=_hidden", undefined],
      ["proto=https", undefined],
      // a quote that the client leaves open swallows the proxy's word, and counts for nothing
      [`for="${spoofed}, for=${client}`, undefined],
      [`for="${spoofed}, for="[2001:db8::7]"`, undefined],
      [`for="1.2.3.4\\", for=${client}`, undefined],
      [`for="${spoofed}, x",for=${client}`, client]
    ]
    check(
      "forwarded",
      rows.map(([header, address]) => ({ name: header, trust: 1, connection: "10.0.0.1", header, address }))
    )
  })

  it("by X-Real-IP: one address, and no list", () => {
    check("x-real-ip", [
      { name: "one", trust: 1, connection: "10.0.0.1", header: client, address: client },
      { name: "a list", trust: 1, connection: "10.0.0.1", header: `${spoofed}, ${client}`, address: undefined },
      { name: "not trusted", trust: ["10.0.0.0/8"], connection: client, header: spoofed, address: client }
    ])
  })

  it("a network that is none trusts nobody", () => {
    const invalid = [
      "10.0.0.0/33",
      "10.0.0/8",
      "::/129",
      "example.com",
      "10.0.0.0/",
      "10.0.0.0/8/8",
      "::ffff:10.0.0.0/104",
      ""
    ]
    const trust = TrustedProxies.make([...invalid, "10.0.0.1"])
    assert.deepStrictEqual(trust.invalid, invalid)
    assert.isTrue(trust.isTrusted("10.0.0.1", 0))
    assert.isFalse(trust.isTrusted("10.0.0.2", 0))
  })

  it("whoever connects cannot choose its address, whatever it sends", () => {
    const v4 = fc.ipV4()
    fc.assert(
      fc.property(v4, fc.array(fc.oneof(v4, fc.ipV6(), fc.string()), { maxLength: 5 }), (connection, sent) => {
        const trust = ["10.0.0.0/8"]
        fc.pre(!connection.startsWith("10.") && Address.parse(connection) !== undefined)
        for (const name of ["x-forwarded-for", "forwarded", "x-real-ip"] as const) {
          const address = ClientAddress.make(trust, name)
          const header = sent.map((each) => name === "forwarded" ? `for="${each}"` : each).join(", ")
          assert.strictEqual(address.of(connection, header), connection)
          // behind a proxy that adds what it sees, as it adds to what it got
          const added = name === "forwarded" ? `for=${connection}` : connection
          const behind = address.of("10.0.0.1", name === "x-real-ip" || header === "" ? added : `${header}, ${added}`)
          assert.include([connection, undefined], behind)
        }
      }),
      { seed }
    )
  })

  it("any header gives an address or none, quickly", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."\"\\,;=for 1.:[]"), maxLength: 400 }), (header) => {
        for (const name of ["x-forwarded-for", "forwarded", "x-real-ip"] as const) {
          const address = ClientAddress.make(64, name).of("10.0.0.1", header)
          assert.isTrue(address === undefined || Address.parse(address) === address)
        }
      }),
      { seed, numRuns: 500 }
    )
    const long = "\"\\".repeat(8000)
    assert.strictEqual(ClientAddress.make(1, "forwarded").of("10.0.0.1", long), "10.0.0.1")
  })
})

describe("the middleware behind proxies", () => {
  const app = Effect.flatMap(currentTags, (tags) => HttpServerResponse.json(tags))
  const headers = {
    host: "internal:8080",
    "x-forwarded-for": `${spoofed}, ${client}`,
    "x-forwarded-proto": "https",
    "x-forwarded-host": "shop.example"
  }

  it.scopedLive("takes address, scheme and host from those that it trusts", () =>
    Effect.gen(function*() {
      const url = yield* serve(app, PosthogHttp.middleware({ trustedProxies: ["127.0.0.0/8"] }))
      assert.deepStrictEqual(JSON.parse((yield* send(url, { path: "/a", headers })).body), {
        $current_url: "https://shop.example/a",
        $request_method: "GET",
        $request_path: "/a",
        $ip: client
      })
    }).pipe(withPosthog))

  it.scopedLive("in the header that is theirs, and in no other", () =>
    Effect.gen(function*() {
      const sent = {
        ...headers,
        "x-forwarded-for": [spoofed, "198.51.100.1"],
        forwarded: `for=${spoofed}, for="[2001:db8::7]:443"`,
        "x-real-ip": client
      }
      const addresses = { "x-forwarded-for": "198.51.100.1", forwarded: "2001:db8::7", "x-real-ip": client } as const
      for (const addressHeader of ["x-forwarded-for", "forwarded", "x-real-ip"] as const) {
        const url = yield* serve(app, PosthogHttp.middleware({ trustedProxies: 1, addressHeader }))
        assert.strictEqual(JSON.parse((yield* send(url, { headers: sent })).body).$ip, addresses[addressHeader])
        const alone = Object.fromEntries(Object.entries(sent).filter(([name]) => name !== addressHeader))
        assert.notInclude(Object.values(addresses), JSON.parse((yield* send(url, { headers: alone })).body).$ip)
      }
    }).pipe(withPosthog))

  it.scopedLive("and from nobody else", () =>
    Effect.gen(function*() {
      for (const trustedProxies of [undefined, ["10.0.0.0/8"], 0]) {
        const url = yield* serve(app, PosthogHttp.middleware({ trustedProxies }))
        assert.deepStrictEqual(JSON.parse((yield* send(url, { path: "/a", headers })).body), {
          $current_url: "http://internal:8080/a",
          $request_method: "GET",
          $request_path: "/a",
          $ip: "127.0.0.1"
        })
      }
    }).pipe(withPosthog))

  it.effect("what is no network is told once in the log", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>(({ message }) => {
        lines.push(String(message))
      })
      const handle = Effect.as(Posthog.capture("seen"), HttpServerResponse.empty()).pipe(
        PosthogHttp.middleware({ trustedProxies: ["10.0.0.0/8", "localhost"] }),
        Effect.provideService(
          HttpServerRequest.HttpServerRequest,
          HttpServerRequest.fromWeb(new Request("http://shop.example/"))
        ),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
      yield* Effect.asVoid(handle)
      yield* Effect.asVoid(handle)
      assert.deepStrictEqual(lines, ["trustedProxies holds what is no network: localhost"])
    }).pipe(withPosthog, Effect.scoped))
})
