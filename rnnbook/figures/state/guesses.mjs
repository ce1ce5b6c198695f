/**
 * The reader's guesses, kept by this browser alone: `{ name: { guess, right } }` under one key.
 * A browser may forbid it (a private window, a page from a file): then they last as long as the page.
 */
const KEY = "rnnbook-predict";

/** @typedef {{ guess: number | string, right: boolean }} Kept */

/** @param {unknown} kept @returns {kept is Kept} */
function isKept(kept) {
  const { guess, right } = /** @type {any} */ (kept ?? {});
  return ["number", "string"].includes(typeof guess) && typeof right === "boolean";
}

/** @param {string | null} text @returns {Map<string, Kept>} what is well-formed of it */
function parse(text) {
  try {
    return new Map(
      Object.entries(JSON.parse(text ?? "{}") ?? {}).filter(([, kept]) => isKept(kept)),
    );
  } catch {
    return new Map();
  }
}

/** @param {() => Storage} storage a function, because even naming localStorage may throw */
export function createGuesses(storage) {
  /** @type {Map<string, Kept>} */
  let held = new Map();
  let keeps = true; // until it fails once
  /** @param {() => void} action */
  const attempt = (action) => {
    try {
      if (keeps) action();
    } catch {
      keeps = false;
    }
  };
  const read = () => {
    attempt(() => {
      held = parse(storage().getItem(KEY));
    });
    return held;
  };
  /** @param {Map<string, Kept>} guesses */
  const write = (guesses) => {
    held = guesses;
    attempt(() => {
      if (held.size === 0) storage().removeItem(KEY);
      else storage().setItem(KEY, JSON.stringify(Object.fromEntries(held)));
    });
  };
  return {
    all: read,
    /** Whether they outlast the page. */
    keeps: () => keeps,
    /** @param {string} name @param {Kept} kept */
    put: (name, kept) => write(new Map(read()).set(name, kept)),
    /** @param {string} name */
    forget(name) {
      const rest = new Map(read());
      rest.delete(name);
      write(rest);
    },
    forgetAll: () => write(new Map()),
  };
}

/**
 * @param {Map<string, Kept>} guesses
 * @param {Iterable<string>} names
 */
export function scoreOf(guesses, names) {
  const asked = [...new Set(names)];
  const answered = asked.flatMap((name) => guesses.get(name) ?? []);
  const right = answered.filter((kept) => kept.right).length;
  return { right, answered: answered.length, asked: asked.length };
}
