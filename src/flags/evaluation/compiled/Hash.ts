/**
 * Where somebody falls between 0 and 1: the first 60 bits of SHA-1 over a flag's key and whom it is bucketed by.
 *
 * SHA-1 is written out here because a call into native code costs more than one block of it, and because it then runs
 * wherever JavaScript does. Text that is ASCII and fits one block, which is nearly every flag and id, is packed from its
 * character codes without a copy.
 *
 * Indices stay within the arrays by construction: that is what every `!` here says.
 *
 * @since 0.1.0
 */
import { compress } from "./Sha1Block.js"

/** What one block holds besides the padding and the length. */
const oneBlock = 55
const twoTo28 = 2 ** 28
/** `0xFFFFFFFFFFFFFFF` as a double (FLAGS-LOCAL-12). */
const twoTo60 = 2 ** 60

/** A hasher with memory of its own; not to be shared between threads. */
export class Hash {
  readonly #words = new Int32Array(16)
  readonly #state = new Int32Array(5)
  readonly #utf8 = new TextEncoder()

  /** From 0 to 1, both included (FLAGS-LOCAL-12): the texts are hashed one after another. */
  unit(key: string, separator: string, bucketing: string, salt: string): number {
    const length = key.length + separator.length + bucketing.length + salt.length
    if (!(length <= oneBlock && this.#packed(key, separator, bucketing, salt, length))) {
      this.#digest(this.#utf8.encode(key + separator + bucketing + salt))
    }
    // 32 bits and 28 bits: the sum rounds once, as reading fifteen hex digits would (FLAGS-LOCAL-16)
    return ((this.#state[0]! >>> 0) * twoTo28 + (this.#state[1]! >>> 4)) / twoTo60
  }

  #packed(key: string, separator: string, bucketing: string, salt: string, length: number): boolean {
    const words = this.#words
    words.fill(0)
    let at = pack(words, key, 0)
    at = at < 0 ? at : pack(words, separator, at)
    at = at < 0 ? at : pack(words, bucketing, at)
    at = at < 0 ? at : pack(words, salt, at)
    if (at < 0) {
      return false
    }
    words[length >> 2]! |= 0x80 << (24 - ((length & 3) << 3))
    words[15] = length << 3
    begin(this.#state)
    compress(this.#state, words)
    return true
  }

  #digest(bytes: Uint8Array): void {
    const words = this.#words
    const blocks = (bytes.length + 72) >> 6
    begin(this.#state)
    for (let block = 0; block < blocks; block++) {
      words.fill(0)
      const start = block << 6
      const end = Math.min(bytes.length, start + 64)
      for (let at = start; at < end; at++) {
        words[(at - start) >> 2]! |= bytes[at]! << (24 - ((at & 3) << 3))
      }
      if (bytes.length >= start && bytes.length < start + 64) {
        words[(bytes.length - start) >> 2]! |= 0x80 << (24 - ((bytes.length & 3) << 3))
      }
      if (block === blocks - 1) {
        words[14] = Math.floor(bytes.length / 0x20000000)
        words[15] = bytes.length << 3
      }
      compress(this.#state, words)
    }
  }
}

/** The position behind the text, or -1 where a character is not ASCII. */
const pack = (words: Int32Array, text: string, start: number): number => {
  let at = start
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 127) {
      return -1
    }
    words[at >> 2]! |= code << (24 - ((at & 3) << 3))
    at++
  }
  return at
}

const begin = (state: Int32Array): void => {
  state[0] = 0x67452301
  state[1] = 0xefcdab89
  state[2] = 0x98badcfe
  state[3] = 0x10325476
  state[4] = 0xc3d2e1f0
}
