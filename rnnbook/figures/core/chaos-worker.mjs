/** Run in a worker of its own: what takes longer than a frame. */
import { largestExponent, roundingSpread } from "./chaos.mjs";

self.addEventListener("message", ({ data }) => {
  self.postMessage({ exponent: largestExponent(data), spread: roundingSpread(data) });
});
