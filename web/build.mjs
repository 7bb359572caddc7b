// Builds the web client into ../build/web, compresses every file, checks the byte budget and writes
// ../build/assets.c, through which the program carries the files inside itself.
import { build } from "esbuild";
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

// The app: one entry, its shared chunks, and a chunk for each screen loaded on use. The entry's
// style sheet holds the styles of all screens, so those of the chunks are left out.
async function bundleApp(worker) {
  const made = await build({
    ...shared,
    entryPoints: { app: "src/main.tsx" },
    outdir: out,
    format: "esm",
    splitting: true,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    define: { WORKER_URL: JSON.stringify(worker) },
  });
  const outputs = Object.entries(made.metafile.outputs);
  const [entry, facts] = outputs.find(([, o]) => o.entryPoint === "src/main.tsx");
  const styles = facts.cssBundle;
  for (const file of made.outputFiles) {
    const name = basename(file.path);
    if (name.endsWith(".css") && name !== basename(styles)) continue;
    add(`/${name}`, file.contents, true);
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
  return { js: url(entry), css: url(styles), early: early.map(url) };
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
  .replace("{{preload}}\n", app.early.map(p => `<link rel="modulepreload" href="${p}">\n`).join(""));
add("/", html, false);
add("/manifest.webmanifest", readFileSync(join(here, "manifest.webmanifest")), false);
add("/icon.svg", readFileSync(join(here, "icon.svg")), false);
await bundleServiceWorker(files.map(f => f.path));
files.forEach(compress);
checkBudget(app, worker);
writeTable();
