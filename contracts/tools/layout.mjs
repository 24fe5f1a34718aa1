// Keeps upgrades from moving storage (theorem 15): compares the storage structs with the layout of record.
//
//   node tools/layout.mjs               record the layout in layouts.json
//   node tools/layout.mjs --check       exit 1 if a struct is no longer what was recorded, or an extension of it
//   node tools/layout.mjs --check FILE  the same against another record
//
// A struct may grow at its end, unless something stands behind it: a member that moved, changed its type or its name,
// or went away is an error. So it is with the values of an enum, which the storage holds as numbers.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const contractsDir = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const compiler = createRequire(import.meta.url)("./compiler.cjs");

const SOURCE = "test/layout/Layouts.sol";
const RECORD = join(contractsDir, "layouts.json");
const SUFFIX = "Layout";

function readSource(path) {
  const file = path.startsWith("@") ? join(contractsDir, "node_modules", path) : join(contractsDir, path);
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

/** Contract name -> the members of its storage struct, with nested types spelled out. */
function currentLayouts() {
  const input = {
    language: "Solidity",
    sources: { [SOURCE]: { content: readSource(SOURCE) } },
    settings: {
      evmVersion: "prague",
      outputSelection: { [SOURCE]: { "*": ["storageLayout"] }, "*": { "": ["ast"] } },
    },
  };
  const output = JSON.parse(compiler.compile(JSON.stringify(input), readSource));
  const errors = (output.errors ?? []).filter((problem) => problem.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((problem) => problem.formattedMessage).join("\n"));
  const enums = Object.assign({}, ...Object.values(output.sources).map((source) => enumsOf(source.ast)));
  const layouts = {};
  for (const [name, contract] of Object.entries(output.contracts[SOURCE])) {
    const { storage, types } = contract.storageLayout;
    if (storage.length !== 1) throw new Error(`${name} has state variables outside its namespace`);
    layouts[name.slice(0, -SUFFIX.length)] = describe(storage[0].type, types, enums).members;
  }
  return layouts;
}

/** The enums declared below a node of the syntax tree: "enum Contract.Name" -> its values in order. */
function enumsOf(node) {
  if (node.nodeType === "EnumDefinition") {
    return { [`enum ${node.canonicalName}`]: node.members.map((member) => member.name) };
  }
  return Object.assign({}, ...(node.nodes ?? []).map(enumsOf));
}

function describe(id, types, enums) {
  const type = types[id];
  const description = { label: type.label, encoding: type.encoding, bytes: Number(type.numberOfBytes) };
  if (type.label.startsWith("enum ")) description.values = enums[type.label];
  if (type.key) description.key = describe(type.key, types, enums);
  if (type.value) description.value = describe(type.value, types, enums);
  if (type.base) description.base = describe(type.base, types, enums);
  if (type.members) {
    description.members = type.members.map((member) => ({
      name: member.label,
      slot: Number(member.slot),
      offset: member.offset,
      type: describe(member.type, types, enums),
    }));
  }
  return description;
}

/** What is wrong with `next` as a successor of `previous`, one line each. */
function compareMembers(where, previous, next) {
  return previous.flatMap((old, index) => {
    const here = `${where}.${old.name}`;
    const now = next[index];
    if (!now || now.name !== old.name) return [`${here} is missing, renamed or moved`];
    if (now.slot !== old.slot || now.offset !== old.offset) {
      return [`${here} moved from slot ${old.slot}+${old.offset} to ${now.slot}+${now.offset}`];
    }
    return compareTypes(here, old.type, now.type, true);
  });
}

function compareTypes(where, previous, next, mayGrow) {
  if (previous.label !== next.label || previous.encoding !== next.encoding) {
    return [`${where} was ${previous.label} and is ${next.label}`];
  }
  const grew = previous.bytes !== next.bytes;
  if (grew && (!previous.members || !mayGrow)) return [`${where} had ${previous.bytes} bytes and has ${next.bytes}`];
  return [
    ...compareValues(where, previous.values ?? [], next.values ?? []),
    ...(previous.key ? compareTypes(`${where}[key]`, previous.key, next.key, false) : []),
    ...(previous.value ? compareTypes(`${where}[]`, previous.value, next.value, true) : []),
    ...(previous.base ? compareTypes(`${where}[]`, previous.base, next.base, false) : []),
    ...(previous.members ? compareMembers(where, previous.members, next.members) : []),
  ];
}

function compareValues(where, previous, next) {
  return previous.flatMap((value, number) =>
    next[number] === value ? [] : [`${where}: ${number} meant ${value} and means ${next[number] ?? "nothing"}`],
  );
}

function main(args) {
  const layouts = currentLayouts();
  if (args[0] !== "--check") {
    writeFileSync(RECORD, `${JSON.stringify(layouts, null, 1)}\n`);
    return 0;
  }
  const record = JSON.parse(readFileSync(args[1] ?? RECORD, "utf8"));
  const problems = Object.entries(record).flatMap(([name, members]) =>
    layouts[name] ? compareMembers(name, members, layouts[name]) : [`${name} is gone`],
  );
  for (const problem of problems) console.error(problem);
  return problems.length > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
