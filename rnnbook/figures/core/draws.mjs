/**
 * Random numbers that JavaScript and Python draw bit for bit alike (rnnbook/draws.py is the twin).
 *
 * Integers: xoshiro128** 1.1 (Blackman & Vigna 2021), its state filled by a SplitMix counter
 * (Steele, Lea & Flood 2014) through the 32-bit finaliser of MurmurHash3. Normals: Algorithm N of
 * Karney 2016, "Sampling exactly from the normal distribution": comparisons of uniforms, and
 * + − × ÷, which IEEE 754 rounds alike everywhere, where log and cos differ between engines.
 */

const GOLDEN = 0x9e3779b9; // 2^32 over the golden ratio, SplitMix's odd increment

/** @param {number} z @returns {number} z's bits, mixed: a bijection of the 32-bit integers */
function mix(z) {
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

/** @param {number} x @param {number} k */
function rotateLeft(x, k) {
  return (x << k) | (x >>> (32 - k));
}

export class Draws {
  /**
   * @param {number} seed a whole number from 0 to 2^32 − 1
   * @param {number} stream which of the seed's independent sequences
   */
  constructor(seed, stream = 0) {
    const key = mix(mix(seed + GOLDEN) + stream + GOLDEN);
    this.state = Int32Array.from({ length: 4 }, (_, i) => mix(key + i * GOLDEN));
  }

  /** A whole number from 0 to 2^32 − 1. */
  integer() {
    const s = this.state;
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }

  /** A multiple of 2^-53 in [0, 1): 53 bits from two integers. */
  uniform() {
    const high = this.integer() >>> 5;
    const low = this.integer() >>> 6;
    return (high * 67108864 + low) / 9007199254740992; // (high · 2^26 + low) / 2^53
  }

  /** True with probability e^-p, for 0 ≤ p ≤ 1: von Neumann's descending run of uniforms. */
  survives(/** @type {number} */ p) {
    let descents = 0;
    for (let u = this.uniform(); u < p; u = this.uniform()) {
      p = u;
      descents += 1;
    }
    return descents % 2 === 0;
  }

  /** True with probability e^-(times · p). */
  survivesAll(/** @type {number} */ p, /** @type {number} */ times) {
    for (let i = 0; i < times; i++) if (!this.survives(p)) return false;
    return true;
  }

  /** A draw from N(0, 1). */
  normal() {
    for (;;) {
      let k = 0;
      while (this.survives(0.5)) k += 1;
      if (!this.survivesAll(0.5, k * (k - 1))) continue;
      const x = this.uniform();
      if (!this.survivesAll((x * (2 * k + x)) / (2 * k + 2), k + 1)) continue;
      return this.uniform() < 0.5 ? -(k + x) : k + x;
    }
  }

  /** `count` draws from U(−bound, bound). */
  uniforms(/** @type {number} */ count, /** @type {number} */ bound) {
    return Float64Array.from({ length: count }, () => bound * (2 * this.uniform() - 1));
  }

  /** `count` draws from N(0, 1). */
  normals(/** @type {number} */ count) {
    return Float64Array.from({ length: count }, () => this.normal());
  }
}
