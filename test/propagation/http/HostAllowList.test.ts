import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as HostAllowList from "../../../src/propagation/http/HostAllowList.js"

const allows = (hosts: ReadonlyArray<string>, url: string) => HostAllowList.make(hosts)(new URL(url))

describe("the hosts that the scope may travel to", () => {
  it("none are allowed by default", () => {
    assert.isFalse(allows([], "http://stock.internal/"))
    assert.isFalse(allows([""], "http://stock.internal/"))
  })

  it("a name is that host on every port, in any case, with or without the final dot", () => {
    for (const host of ["stock.internal", "Stock.INTERNAL", "stock.internal."]) {
      for (
        const url of [
          "http://stock.internal/",
          "https://STOCK.internal:8443/a?b#c",
          "http://stock.internal.:3000",
          "http://user:word@stock.internal/"
        ]
      ) {
        assert.isTrue(allows([host], url), `${host} ${url}`)
      }
    }
  })

  it("nothing that merely looks like it is allowed", () => {
    for (
      const url of [
        "http://api.stock.internal/",
        "http://stock.internal.evil.example/",
        "http://evilstock.internal/",
        "http://stock/",
        "http://stock.internal@evil.example/",
        "http://evil.example/stock.internal",
        "http://evil.example/?stock.internal",
        "http://evil.example:80/#stock.internal",
        "ftp://stock.internal/",
        "data:text/plain,stock.internal"
      ]
    ) {
      assert.isFalse(allows(["stock.internal"], url), url)
    }
  })

  it("one with a port holds for that port alone, the scheme's own among them", () => {
    assert.isTrue(allows(["stock.internal:3000"], "http://stock.internal:3000/"))
    assert.isFalse(allows(["stock.internal:3000"], "http://stock.internal:3001/"))
    assert.isFalse(allows(["stock.internal:3000"], "http://stock.internal/"))
    assert.isTrue(allows(["stock.internal:80"], "http://stock.internal/"))
    assert.isFalse(allows(["stock.internal:80"], "https://stock.internal/"))
    assert.isTrue(allows(["stock.internal:443"], "https://stock.internal/"))
  })

  it("addresses and international names are compared as a URL writes them", () => {
    assert.isTrue(allows(["[::1]"], "http://[0:0:0:0:0:0:0:1]:8080/"))
    assert.isTrue(allows(["[0::1]:8080"], "http://[::1]:8080/"))
    assert.isFalse(allows(["[0::1]:8080"], "http://[::1]:8081/"))
    assert.isTrue(allows(["bücher.example"], "http://xn--bcher-kva.example/"))
    assert.isTrue(allows(["127.0.0.1"], "http://0x7f.1/"))
  })

  it("what is no host's name allows nothing and breaks nothing", () => {
    const entries = [
      "*",
      "*.internal",
      "http://stock.internal",
      "stock.internal/path",
      "a b",
      "[::1",
      "::1",
      "stock.internal:port",
      "stock.internal:999999",
      "@stock.internal",
      "%"
    ]
    for (const url of ["http://stock.internal/", "http://[::1]/", "http://a.internal/"]) {
      assert.isFalse(allows(entries, url), url)
    }
    assert.isTrue(allows([...entries, "stock.internal"], "http://stock.internal/"))
  })

  it("whatever the list holds, a host is allowed only if its very name is in it", () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9]{0,4}$/)
    const host = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join("."))
    fc.assert(fc.property(fc.array(host, { maxLength: 5 }), host, fc.boolean(), (hosts, other, listed) => {
      const list = listed ? [...hosts, other] : hosts
      assert.strictEqual(allows(list, `http://${other}:81/`), list.includes(other))
    }))
  })
})
