/**
 * Build the figures into dist/ and hold them to their budgets.
 *
 * A figure is built twice: one self-contained module for anywidget (JupyterLab, Voilà), and one
 * classic script for the page, which takes what figures share from page-shared.js.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL(".", import.meta.url));
const dist = join(root, "dist");
const { values } = parseArgs({
  options: {
    outdir: { type: "string", default: dist },
    kilobytes: { type: "string" }, // one budget for all: the tests see that it can be exceeded
  },
});

const figures = readdirSync(join(root, "figs")).map((file) => file.replace(/\.mjs$/, ""));
const kilobytes = {
  "loader.js": 2,
  "page-shared.js": 45,
  "predict.js": 8,
  "stage.js": 10,
  figure: 12,
  widget: 60,
};

const bundled = new Set(); // folders of the packages that went into a bundle

const minifiedCss = {
  name: "css as minified text",
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const css = await build({ entryPoints: [path], minify: true, write: false });
      return { contents: css.outputFiles[0].text.trim(), loader: "text" };
    });
  },
};

const workerAsText = {
  name: "a module and what it imports, as the text of a worker",
  setup(builder) {
    builder.onResolve({ filter: /\?bundle$/ }, ({ path, resolveDir }) => ({
      path: relative(root, join(resolveDir, path.replace("?bundle", ""))), // the map names it
      namespace: "bundle",
    }));
    builder.onLoad({ filter: /.*/, namespace: "bundle" }, async ({ path }) => {
      const options = { bundle: true, minify: true, format: "iife", target: "es2022" };
      const entryPoints = [join(root, path)];
      const { outputFiles } = await build({ entryPoints, write: false, ...options });
      return { contents: outputFiles[0].text.trim(), loader: "text" };
    });
  },
};

const sharedFromThePage = {
  name: "shared modules from the page's global",
  setup(builder) {
    builder.onResolve({ filter: /\/(shared|spectrum)\.mjs$/ }, () => ({
      path: "rnnbook",
      namespace: "global",
    }));
    builder.onLoad({ filter: /.*/, namespace: "global" }, () => ({
      contents: "module.exports = globalThis.rnnbook",
    }));
  },
};

async function script(name, options) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    outfile: join(dist, name), // the map's paths are relative to it, wherever it is written
    write: false,
    bundle: true,
    minify: true,
    sourcemap: true,
    metafile: true,
    target: "es2022",
    charset: "utf8",
    logLevel: "warning",
    ...options,
    plugins: [minifiedCss, workerAsText, ...(options.plugins ?? [])],
  });
  for (const { path, contents } of outputFiles) {
    writeFileSync(join(values.outdir, basename(path)), contents);
  }
  for (const input of Object.keys(metafile.inputs)) {
    const found = input.match(/node_modules\/(@[^/]+\/)?[^/]+/);
    if (found) bundled.add(found[0]);
  }
}

/** Others' work goes out with its licence. */
function licences() {
  const texts = [...bundled].sort().map((folder) => {
    const text = readFileSync(join(root, "../..", folder, "LICENSE"), "utf8").trim();
    return `${folder.replace("node_modules/", "")}\n\n${text}\n`;
  });
  return texts.join("\n---\n\n");
}

function registering(name) {
  const contents = `import figure from "./figs/${name}.mjs"; globalThis.rnnbook.figures["${name}"] = figure;`;
  return { contents, resolveDir: root, sourcefile: `${name}-page.mjs` };
}

function asWidget(name) {
  const contents = `import figure from "./figs/${name}.mjs"; import { asWidget } from "./host/widget.mjs"; export default asWidget(figure);`;
  return { contents, resolveDir: root, sourcefile: `${name}-widget.mjs` };
}

mkdirSync(values.outdir, { recursive: true });
await script("loader.js", { entryPoints: ["host/loader.mjs"], format: "iife" });
await script("page-shared.js", {
  entryPoints: ["host/page-shared.mjs"],
  format: "iife",
  globalName: "rnnbook",
});
await script("predict.js", { entryPoints: ["host/predict-page.mjs"], format: "iife" });
await script("predict.widget.mjs", { entryPoints: ["host/predict-widget.mjs"], format: "esm" });
await script("module.widget.mjs", { entryPoints: ["host/module-widget.mjs"], format: "esm" });
await script("stage.js", { entryPoints: ["stage/stage.mjs"], format: "iife" });
for (const name of figures) {
  await script(`${name}.widget.mjs`, { stdin: asWidget(name), format: "esm" });
  const page = { stdin: registering(name), format: "iife", plugins: [sharedFromThePage] };
  await script(`${name}.js`, page);
}

writeFileSync(join(values.outdir, "LICENSES.txt"), licences());

function budgetOf(file) {
  if (values.kilobytes) return Number(values.kilobytes);
  return kilobytes[file] ?? (file.endsWith(".widget.mjs") ? kilobytes.widget : kilobytes.figure);
}

for (const file of readdirSync(values.outdir).filter((name) => /\.m?js$/.test(name))) {
  const size = gzipSync(readFileSync(join(values.outdir, file)), { level: 9 }).length / 1024;
  const budget = budgetOf(file);
  const over = size > budget;
  console.log(
    `${file}: ${size.toFixed(1)} of ${budget} KB gzipped${over ? ": over its budget" : ""}`,
  );
  if (over) process.exitCode = 1;
}
