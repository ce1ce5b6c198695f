/**
 * A function that keeps its last answer: a slider moves, and the draws behind it stay.
 *
 * @template {(string | number)[]} Arguments
 * @template Result
 * @param {(...given: Arguments) => Result} compute
 * @returns {(...given: Arguments) => Result}
 */
export function rememberLast(compute) {
  /** @type {{ given: Arguments, result: Result } | undefined} */
  let last;
  return (...given) => {
    if (!last?.given.every((value, i) => value === given[i])) {
      last = { given, result: compute(...given) };
    }
    return last.result;
  };
}
