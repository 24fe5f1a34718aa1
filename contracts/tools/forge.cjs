"use strict";
// Runs forge's platform binary and exits as it did: the launcher that comes with @foundry-rs/forge exits 0 even when
// a test fails.

const { spawnSync } = require("node:child_process");
const path = require("node:path");

const ARCHITECTURES = { x64: "amd64", arm64: "arm64" };

const platform = `${process.platform}-${ARCHITECTURES[process.arch] ?? process.arch}`;
const packageName = `@foundry-rs/forge-${platform}`;

function binary() {
  try {
    return require.resolve(`${packageName}/bin/forge${process.platform === "win32" ? ".exe" : ""}`);
  } catch {
    process.stderr.write(`forge: the package ${packageName} is not installed; run npm ci\n`);
    return null;
  }
}

const forge = binary();
if (forge === null) {
  process.exitCode = 1;
} else {
  const { status, signal, error } = spawnSync(forge, process.argv.slice(2), {
    stdio: "inherit",
    cwd: path.resolve(__dirname, ".."),
  });
  if (error) process.stderr.write(`forge: ${error.message}\n`);
  if (signal) process.stderr.write(`forge: ended by ${signal}\n`);
  process.exitCode = status ?? 1;
}
