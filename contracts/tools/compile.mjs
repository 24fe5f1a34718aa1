// Compiles the control plane and writes one JSON file per contract (ABI, bytecode) for the Python package.
//
//   node tools/compile.mjs            write to ../src/sovbank/evm/artifacts
//   node tools/compile.mjs --out DIR  write to DIR
//   node tools/compile.mjs --check    write nothing; exit 1 if the shipped files are not what the sources compile to
//
// The output depends on the sources, the locked OpenZeppelin packages and the locked compiler alone: no metadata
// hash, no absolute paths.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const contractsDir = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const compiler = createRequire(import.meta.url)("./compiler.cjs");

const EVM_VERSION = "prague";
const OPTIMIZER_RUNS = 200;

/** Contract name -> the source file that defines it. */
const SHIPPED = {
  SystemGuard: "src/SystemGuard.sol",
  ComplianceRegistry: "src/ComplianceRegistry.sol",
  ReserveRegistry: "src/ReserveRegistry.sol",
  MintGuard: "src/MintGuard.sol",
  MembershipRegistry: "src/MembershipRegistry.sol",
  ERC1967Proxy: "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol",
};

function readSource(path) {
  const file = path.startsWith("@") ? join(contractsDir, "node_modules", path) : join(contractsDir, path);
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

/** The compiler's answer to the shipped contracts. Throws with its messages on errors and on warnings of our sources. */
function compileAll() {
  const sources = Object.fromEntries(Object.values(SHIPPED).map((path) => [path, { content: readSource(path) }]));
  const settings = {
    evmVersion: EVM_VERSION,
    optimizer: { enabled: true, runs: OPTIMIZER_RUNS },
    metadata: { bytecodeHash: "none", appendCBOR: false },
    outputSelection: {
      "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"] },
    },
  };
  const input = JSON.stringify({ language: "Solidity", sources, settings });
  const output = JSON.parse(compiler.compile(input, readSource));
  const problems = (output.errors ?? []).filter(
    (problem) => problem.severity === "error" || problem.sourceLocation?.file.startsWith("src/"),
  );
  if (problems.length > 0) throw new Error(problems.map((problem) => problem.formattedMessage).join("\n"));
  return output.contracts;
}

function artifact(name, path, contract) {
  const deployed = contract.evm.deployedBytecode;
  const immutables = Object.values(deployed.immutableReferences ?? {})
    .flat()
    .sort((a, b) => a.start - b.start);
  const record = {
    contractName: name,
    sourceName: path,
    compiler: { name: "solc", version: compiler.version(), evmVersion: EVM_VERSION, optimizerRuns: OPTIMIZER_RUNS },
    abi: contract.abi,
    bytecode: `0x${contract.evm.bytecode.object}`,
    deployedBytecode: `0x${deployed.object}`,
    immutables,
  };
  return `${JSON.stringify(record, null, 1)}\n`;
}

function main(args) {
  const shippedDir = join(contractsDir, "..", "src", "sovbank", "evm", "artifacts");
  const check = args[0] === "--check";
  const out = args[0] === "--out" && args[1] ? resolve(args[1]) : shippedDir;
  const contracts = compileAll();
  const stale = [];
  mkdirSync(out, { recursive: true });
  for (const [name, path] of Object.entries(SHIPPED)) {
    const file = join(out, `${name}.json`);
    const text = artifact(name, path, contracts[path][name]);
    if (!check) writeFileSync(file, text);
    else if (!existsSync(file) || readFileSync(file, "utf8") !== text) stale.push(name);
  }
  if (stale.length > 0) {
    console.error(`not what the sources compile to: ${stale.join(", ")}; run npm run build`);
    return 1;
  }
  return 0;
}

process.exitCode = main(process.argv.slice(2));
