// Builds the web client into ../build/web, compresses every file, checks the byte budget and writes
// ../build/assets.c, through which the program carries the files inside itself.
import { build, transform } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const top = resolve(here, "../build");
const out = join(top, "web");

const KIB = 1024;
const BUDGET = { html: 8 * KIB, shell: 45 * KIB, all: 60 * KIB };

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

const shared = {
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  charset: "utf8",
  target: ["es2019", "chrome80", "safari14"],
  legalComments: "none",
  absWorkingDir: here,
  logLevel: "warning",
  jsx: "automatic",
  jsxImportSource: "preact",
};

const sha = bytes => createHash("sha256").update(bytes).digest("hex");

// The files in the order they are served: [{path, bytes, is_immutable}].
const files = [];
function add(path, bytes, is_immutable) {
  files.push({ path, bytes: Buffer.from(bytes), is_immutable });
}

async function bundleWorker() {
  const made = await build({ ...shared, entryPoints: ["src/net/worker.ts"], outdir: out, format: "iife" });
  const bytes = made.outputFiles[0].contents;
  const path = `/worker-${sha(bytes).slice(0, 10)}.js`;
  add(path, bytes, true);
  return path;
}

const ENTRY = "src/main.tsx";

// The sources that the first screens are made of: reached from the entry without a dynamic import.
function earlySources(inputs) {
  const early = new Set();
  const visit = path => {
    if (early.has(path) || !inputs[path]) return;
    early.add(path);
    for (const i of inputs[path].imports) if (i.kind === "import-statement") visit(i.path);
  };
  visit(ENTRY);
  return early;
}

// Every screen loaded on use also imports the first ones, which are there already: so that the
// bundler keeps those together in one chunk instead of cutting them by who shares what.
const together = early => ({
  name: "together",
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.tsx?$/ }, ({ path }) => {
      if (early.has(relative(here, path))) return undefined;
      return { contents: `${readFileSync(path, "utf8")}\nimport "${join(here, "src/app.tsx")}";\n`, loader: path.endsWith("x") ? "tsx" : "ts" };
    });
  },
});

// A word of later screens is not there yet when the first ones are drawn.
function checkWords(early) {
  const later = new Set(Array.from(readFileSync(join(here, "src/base/zh_later.ts"), "utf8").matchAll(/^ {2}(\w+):/gm), m => m[1]));
  for (const path of early) {
    if (!/^src.*tsx?$/.test(path)) continue;
    for (const [, word] of readFileSync(join(here, path), "utf8").matchAll(/\bt\("(\w+)"/g))
      if (later.has(word)) throw new Error(`${path} uses "${word}", which belongs into zh.ts`);
  }
}

const minified = async (text, loader) => (await transform(text, { loader, minify: true, target: shared.target, charset: "utf8", legalComments: "none" })).code;

// The styles of all screens come as one sheet in which a comment heads each file's part; those of the
// first screens are loaded with the page, the others with the first screen loaded on use.
async function splitStyles(sheet, early) {
  const parts = { early: [], later: [] };
  for (const [, path, rules] of sheet.matchAll(/\/\* (\S+\.css) \*\/\n([^]*?)(?=\/\* \S+\.css \*\/\n|$)/g)) parts[early.has(path) ? "early" : "later"].push(rules);
  return { early: await minified(parts.early.join(""), "css"), later: await minified(parts.later.join(""), "css") };
}

// The app: one entry, its shared chunks, and a chunk for each screen loaded on use. The entry's
// style sheet holds the styles of all screens, so those of the chunks are left out.
async function bundleApp(worker) {
  const options = {
    ...shared,
    minify: false,
    minifyIdentifiers: true,
    minifySyntax: true,
    entryPoints: { app: ENTRY },
    outdir: out,
    format: "esm",
    splitting: true,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    define: { WORKER_URL: JSON.stringify(worker) },
  };
  const { metafile } = await build(options);
  const firstSources = earlySources(metafile.inputs);
  checkWords(firstSources);
  const made = await build({ ...options, plugins: [together(firstSources)] });
  const outputs = Object.entries(made.metafile.outputs);
  const [entry, facts] = outputs.find(([, o]) => o.entryPoint === ENTRY);
  const styles = {};
  for (const file of made.outputFiles) {
    const name = basename(file.path);
    if (name.endsWith(".js")) add(`/${name}`, await minified(file.text, "js"), true);
    if (name !== basename(facts.cssBundle)) continue;
    const sheets = await splitStyles(file.text, firstSources);
    for (const part of ["early", "later"]) {
      styles[part] = `/${part}-${sha(sheets[part]).slice(0, 10)}.css`;
      add(styles[part], sheets[part], true);
    }
  }
  const early = [];
  const visit = name => {
    for (const i of made.metafile.outputs[name].imports) {
      if (i.kind !== "import-statement" || early.includes(i.path)) continue;
      early.push(i.path);
      visit(i.path);
    }
  };
  visit(entry);
  const url = path => `/${basename(path)}`;
  return { js: url(entry), css: styles.early, later: styles.later, early: early.map(url) };
}

async function bundleServiceWorker(paths) {
  const made = await build({
    ...shared,
    entryPoints: ["src/net/sw.ts"],
    outdir: out,
    format: "iife",
    define: { SHELL: JSON.stringify(paths), SHELL_NAME: JSON.stringify(sha(paths.join()).slice(0, 10)) },
  });
  add("/sw.js", made.outputFiles[0].contents, false);
}

function compress(file) {
  const size = file.bytes.length;
  file.brotli = brotliCompressSync(file.bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: size },
  });
  file.gzip = gzipSync(file.bytes, { level: 9 });
}

function checkBudget(app, worker) {
  const size = path => files.find(f => f.path === path).brotli.length;
  const html = size("/");
  const shell = [app.js, app.css, ...app.early].reduce((sum, path) => sum + size(path), 0);
  const all = html + shell + size(worker);
  const show = n => (n / KIB).toFixed(1).padStart(5);
  console.log("brotli KiB:");
  for (const f of files) console.log(`${show(f.brotli.length)}  ${f.path}`);
  const rows = [["html", html, BUDGET.html], ["shell", shell, BUDGET.shell], ["first chat", all, BUDGET.all]];
  for (const [name, n, most] of rows) console.log(`${show(n)}  of ${most / KIB} ${name}`);
  const over = rows.filter(([, n, most]) => n > most);
  if (over.length) {
    console.error(`over the byte budget: ${over.map(r => r[0]).join(", ")}`);
    process.exit(1);
  }
}

const literal = text => JSON.stringify(text);

function writeTable() {
  const lines = ["/* Written by web/build.mjs. */", '#include "web/assets.h"', ""];
  const forms = [["identity", ""], ["brotli", ".br"], ["gzip", ".gz"]];
  const rows = [];
  files.forEach((file, i) => {
    const name = file.path === "/" ? "index.html" : file.path.slice(1);
    const cells = forms.map(([form, ending]) => {
      const bytes = form === "identity" ? file.bytes : file[form];
      const path = join(out, name + ending);
      writeFileSync(path, bytes);
      const symbol = `asset_${i}_${form}`;
      const block = ['.pushsection .rodata', `.global ${symbol}`, `${symbol}:`, `.incbin ${literal(relative(dirname(top), path))}`, '.popsection'];
      lines.push("__asm__(" + block.map(l => literal(l + "\n")).join("\n        ") + ");");
      lines.push(`extern const char ${symbol}[];`);
      return `{${symbol}, ${bytes.length}}`;
    });
    const etag = `"${sha(file.bytes).slice(0, 16)}"`;
    rows.push(`    {${literal(file.path)}, ${literal(TYPES[extname(name)])}, ${literal(etag)}, ${file.is_immutable},\n     ${cells.join(", ")}},`);
  });
  lines.push("", "const struct asset assets[] = {", ...rows, "};", `const size_t asset_count = ${files.length};`, "");
  writeFileSync(join(top, "assets.c"), lines.join("\n"));
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const worker = await bundleWorker();
const app = await bundleApp(worker);
const html = readFileSync(join(here, "index.html"), "utf8")
  .replace("{{js}}", app.js)
  .replace("{{css}}", app.css)
  .replace("{{later}}", app.later)
  .replace("{{preload}}\n", app.early.map(p => `<link rel="modulepreload" href="${p}">\n`).join(""));
add("/", html, false);
add("/manifest.webmanifest", readFileSync(join(here, "manifest.webmanifest")), false);
add("/icon.svg", readFileSync(join(here, "icon.svg")), false);
await bundleServiceWorker(files.map(f => f.path));
files.forEach(compress);
checkBudget(app, worker);
writeTable();
