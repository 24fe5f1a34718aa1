"use strict";
// npm's solc, loaded so that nothing but the caller writes to stdout: soljson binds console.log while it loads and
// reports through it (">>> Cannot retry ..." among others).

const log = console.log;
console.log = console.error;
const solc = require("solc");
console.log = log;

/** Compiles standard JSON given as text; `readImport(path)` gives the content of an import or null. */
function compile(input, readImport) {
  const find = (path) => {
    const contents = readImport(path);
    return contents === null ? { error: `${path} not found` } : { contents };
  };
  return solc.compile(input, { import: find });
}

module.exports = { compile, version: () => solc.version() };
