// Bundles each src/**/*.test.ts and runs them all with node's own test runner.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(here, "../build/web-test");

function testsBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testsBelow(path);
    return entry.name.endsWith(".test.ts") ? [path] : [];
  });
}

rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: testsBelow(join(here, "src")),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node18",
  logLevel: "warning",
});
const bundles = readdirSync(out, { recursive: true }).map(String).filter(n => n.endsWith(".mjs"));
const run = spawnSync(process.execPath, ["--test", ...bundles.map(n => join(out, n))], { stdio: "inherit" });
process.exit(run.status ?? 1);
