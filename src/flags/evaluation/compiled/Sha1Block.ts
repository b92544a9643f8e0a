/**
 * SHA-1 of one block. The eighty rounds are written out one after another: words and variables then stay in registers,
 * which makes it twice as fast as loops over arrays, and it is nearly all that evaluating a flag costs.
 *
 * Indices stay within the arrays by construction: that is what every `!` here says.
 *
 * @since 0.1.0
 */

const rotate = (word: number): number => (word << 1) | (word >>> 31)

/** Adds the first 16 words to the state of five. */
export const compress = (state: Int32Array, words: Int32Array): void => {
  let w0 = words[0]!
  let w1 = words[1]!
  let w2 = words[2]!
  let w3 = words[3]!
  let w4 = words[4]!
  let w5 = words[5]!
  let w6 = words[6]!
  let w7 = words[7]!
  let w8 = words[8]!
  let w9 = words[9]!
  let w10 = words[10]!
  let w11 = words[11]!
  let w12 = words[12]!
  let w13 = words[13]!
  let w14 = words[14]!
  let w15 = words[15]!
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  let e = state[4]!
  e = (((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + e + 0x5a827999 + w0) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + (c ^ (a & (b ^ c))) + d + 0x5a827999 + w1) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + (b ^ (e & (a ^ b))) + c + 0x5a827999 + w2) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + (a ^ (d & (e ^ a))) + b + 0x5a827999 + w3) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + (e ^ (c & (d ^ e))) + a + 0x5a827999 + w4) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + e + 0x5a827999 + w5) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + (c ^ (a & (b ^ c))) + d + 0x5a827999 + w6) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + (b ^ (e & (a ^ b))) + c + 0x5a827999 + w7) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + (a ^ (d & (e ^ a))) + b + 0x5a827999 + w8) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + (e ^ (c & (d ^ e))) + a + 0x5a827999 + w9) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + e + 0x5a827999 + w10) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + (c ^ (a & (b ^ c))) + d + 0x5a827999 + w11) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + (b ^ (e & (a ^ b))) + c + 0x5a827999 + w12) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + (a ^ (d & (e ^ a))) + b + 0x5a827999 + w13) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + (e ^ (c & (d ^ e))) + a + 0x5a827999 + w14) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + e + 0x5a827999 + w15) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + (c ^ (a & (b ^ c))) + d + 0x5a827999 + (w0 = rotate(w13 ^ w8 ^ w2 ^ w0))) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + (b ^ (e & (a ^ b))) + c + 0x5a827999 + (w1 = rotate(w14 ^ w9 ^ w3 ^ w1))) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + (a ^ (d & (e ^ a))) + b + 0x5a827999 + (w2 = rotate(w15 ^ w10 ^ w4 ^ w2))) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + (e ^ (c & (d ^ e))) + a + 0x5a827999 + (w3 = rotate(w0 ^ w11 ^ w5 ^ w3))) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9eba1 + (w4 = rotate(w1 ^ w12 ^ w6 ^ w4))) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + (a ^ b ^ c) + d + 0x6ed9eba1 + (w5 = rotate(w2 ^ w13 ^ w7 ^ w5))) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + (e ^ a ^ b) + c + 0x6ed9eba1 + (w6 = rotate(w3 ^ w14 ^ w8 ^ w6))) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + (d ^ e ^ a) + b + 0x6ed9eba1 + (w7 = rotate(w4 ^ w15 ^ w9 ^ w7))) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + (c ^ d ^ e) + a + 0x6ed9eba1 + (w8 = rotate(w5 ^ w0 ^ w10 ^ w8))) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9eba1 + (w9 = rotate(w6 ^ w1 ^ w11 ^ w9))) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + (a ^ b ^ c) + d + 0x6ed9eba1 + (w10 = rotate(w7 ^ w2 ^ w12 ^ w10))) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + (e ^ a ^ b) + c + 0x6ed9eba1 + (w11 = rotate(w8 ^ w3 ^ w13 ^ w11))) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + (d ^ e ^ a) + b + 0x6ed9eba1 + (w12 = rotate(w9 ^ w4 ^ w14 ^ w12))) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + (c ^ d ^ e) + a + 0x6ed9eba1 + (w13 = rotate(w10 ^ w5 ^ w15 ^ w13))) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9eba1 + (w14 = rotate(w11 ^ w6 ^ w0 ^ w14))) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + (a ^ b ^ c) + d + 0x6ed9eba1 + (w15 = rotate(w12 ^ w7 ^ w1 ^ w15))) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + (e ^ a ^ b) + c + 0x6ed9eba1 + (w0 = rotate(w13 ^ w8 ^ w2 ^ w0))) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + (d ^ e ^ a) + b + 0x6ed9eba1 + (w1 = rotate(w14 ^ w9 ^ w3 ^ w1))) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + (c ^ d ^ e) + a + 0x6ed9eba1 + (w2 = rotate(w15 ^ w10 ^ w4 ^ w2))) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9eba1 + (w3 = rotate(w0 ^ w11 ^ w5 ^ w3))) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + (a ^ b ^ c) + d + 0x6ed9eba1 + (w4 = rotate(w1 ^ w12 ^ w6 ^ w4))) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + (e ^ a ^ b) + c + 0x6ed9eba1 + (w5 = rotate(w2 ^ w13 ^ w7 ^ w5))) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + (d ^ e ^ a) + b + 0x6ed9eba1 + (w6 = rotate(w3 ^ w14 ^ w8 ^ w6))) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + (c ^ d ^ e) + a + 0x6ed9eba1 + (w7 = rotate(w4 ^ w15 ^ w9 ^ w7))) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + e - 0x70e44324 + (w8 = rotate(w5 ^ w0 ^ w10 ^ w8))) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + ((a & b) | (c & (a | b))) + d - 0x70e44324 + (w9 = rotate(w6 ^ w1 ^ w11 ^ w9))) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + ((e & a) | (b & (e | a))) + c - 0x70e44324 + (w10 = rotate(w7 ^ w2 ^ w12 ^ w10))) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + ((d & e) | (a & (d | e))) + b - 0x70e44324 + (w11 = rotate(w8 ^ w3 ^ w13 ^ w11))) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + ((c & d) | (e & (c | d))) + a - 0x70e44324 + (w12 = rotate(w9 ^ w4 ^ w14 ^ w12))) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + e - 0x70e44324 + (w13 = rotate(w10 ^ w5 ^ w15 ^ w13))) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + ((a & b) | (c & (a | b))) + d - 0x70e44324 + (w14 = rotate(w11 ^ w6 ^ w0 ^ w14))) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + ((e & a) | (b & (e | a))) + c - 0x70e44324 + (w15 = rotate(w12 ^ w7 ^ w1 ^ w15))) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + ((d & e) | (a & (d | e))) + b - 0x70e44324 + (w0 = rotate(w13 ^ w8 ^ w2 ^ w0))) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + ((c & d) | (e & (c | d))) + a - 0x70e44324 + (w1 = rotate(w14 ^ w9 ^ w3 ^ w1))) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + e - 0x70e44324 + (w2 = rotate(w15 ^ w10 ^ w4 ^ w2))) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + ((a & b) | (c & (a | b))) + d - 0x70e44324 + (w3 = rotate(w0 ^ w11 ^ w5 ^ w3))) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + ((e & a) | (b & (e | a))) + c - 0x70e44324 + (w4 = rotate(w1 ^ w12 ^ w6 ^ w4))) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + ((d & e) | (a & (d | e))) + b - 0x70e44324 + (w5 = rotate(w2 ^ w13 ^ w7 ^ w5))) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + ((c & d) | (e & (c | d))) + a - 0x70e44324 + (w6 = rotate(w3 ^ w14 ^ w8 ^ w6))) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + e - 0x70e44324 + (w7 = rotate(w4 ^ w15 ^ w9 ^ w7))) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + ((a & b) | (c & (a | b))) + d - 0x70e44324 + (w8 = rotate(w5 ^ w0 ^ w10 ^ w8))) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + ((e & a) | (b & (e | a))) + c - 0x70e44324 + (w9 = rotate(w6 ^ w1 ^ w11 ^ w9))) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + ((d & e) | (a & (d | e))) + b - 0x70e44324 + (w10 = rotate(w7 ^ w2 ^ w12 ^ w10))) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + ((c & d) | (e & (c | d))) + a - 0x70e44324 + (w11 = rotate(w8 ^ w3 ^ w13 ^ w11))) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e - 0x359d3e2a + (w12 = rotate(w9 ^ w4 ^ w14 ^ w12))) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + (a ^ b ^ c) + d - 0x359d3e2a + (w13 = rotate(w10 ^ w5 ^ w15 ^ w13))) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + (e ^ a ^ b) + c - 0x359d3e2a + (w14 = rotate(w11 ^ w6 ^ w0 ^ w14))) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + (d ^ e ^ a) + b - 0x359d3e2a + (w15 = rotate(w12 ^ w7 ^ w1 ^ w15))) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + (c ^ d ^ e) + a - 0x359d3e2a + (w0 = rotate(w13 ^ w8 ^ w2 ^ w0))) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e - 0x359d3e2a + (w1 = rotate(w14 ^ w9 ^ w3 ^ w1))) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + (a ^ b ^ c) + d - 0x359d3e2a + (w2 = rotate(w15 ^ w10 ^ w4 ^ w2))) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + (e ^ a ^ b) + c - 0x359d3e2a + (w3 = rotate(w0 ^ w11 ^ w5 ^ w3))) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + (d ^ e ^ a) + b - 0x359d3e2a + (w4 = rotate(w1 ^ w12 ^ w6 ^ w4))) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + (c ^ d ^ e) + a - 0x359d3e2a + (w5 = rotate(w2 ^ w13 ^ w7 ^ w5))) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e - 0x359d3e2a + (w6 = rotate(w3 ^ w14 ^ w8 ^ w6))) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + (a ^ b ^ c) + d - 0x359d3e2a + (w7 = rotate(w4 ^ w15 ^ w9 ^ w7))) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + (e ^ a ^ b) + c - 0x359d3e2a + (w8 = rotate(w5 ^ w0 ^ w10 ^ w8))) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + (d ^ e ^ a) + b - 0x359d3e2a + (w9 = rotate(w6 ^ w1 ^ w11 ^ w9))) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + (c ^ d ^ e) + a - 0x359d3e2a + (w10 = rotate(w7 ^ w2 ^ w12 ^ w10))) | 0
  c = (c << 30) | (c >>> 2)
  e = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e - 0x359d3e2a + (w11 = rotate(w8 ^ w3 ^ w13 ^ w11))) | 0
  b = (b << 30) | (b >>> 2)
  d = (((e << 5) | (e >>> 27)) + (a ^ b ^ c) + d - 0x359d3e2a + (w12 = rotate(w9 ^ w4 ^ w14 ^ w12))) | 0
  a = (a << 30) | (a >>> 2)
  c = (((d << 5) | (d >>> 27)) + (e ^ a ^ b) + c - 0x359d3e2a + (w13 = rotate(w10 ^ w5 ^ w15 ^ w13))) | 0
  e = (e << 30) | (e >>> 2)
  b = (((c << 5) | (c >>> 27)) + (d ^ e ^ a) + b - 0x359d3e2a + (w14 = rotate(w11 ^ w6 ^ w0 ^ w14))) | 0
  d = (d << 30) | (d >>> 2)
  a = (((b << 5) | (b >>> 27)) + (c ^ d ^ e) + a - 0x359d3e2a + (w15 = rotate(w12 ^ w7 ^ w1 ^ w15))) | 0
  c = (c << 30) | (c >>> 2)
  state[0] = state[0]! + a
  state[1] = state[1]! + b
  state[2] = state[2]! + c
  state[3] = state[3]! + d
  state[4] = state[4]! + e
}
