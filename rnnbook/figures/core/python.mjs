/**
 * A Python literal of a state's value.
 *
 * @param {unknown} value
 */
function literal(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  return JSON.stringify(value);
}

/**
 * The Python that rebuilds the figure's network with the package and prints its table.
 *
 * @param {Record<string, unknown>} state
 */
export function pythonOf(state) {
  const lines = Object.entries(state).map(([name, value]) => `    ${name}=${literal(value)},`);
  return [
    "import rnnbook",
    "",
    "state = dict(",
    ...lines,
    ")",
    "model, x, y = rnnbook.gradient_flow_network(**state)  # the network and its data, to look into",
    "print(rnnbook.gradient_flow_table(**state))",
    "",
  ].join("\n");
}
