// Signs the transactions of unsigned.json with xrpl.js, one blob for each signer, and combines them.
// To make blobs.json again:
//   .venv/bin/python tests/ceremony/make_unsigned.py > tests/ceremony/xrpljs/unsigned.json
//   cd tests/ceremony/xrpljs && npm ci && npm run make
import { readFileSync } from "node:fs";
import { Wallet, multisign } from "xrpl";

const { signers, transactions } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const wallets = signers.map(
  ({ account, publicKey, privateKey }) => new Wallet(publicKey, privateKey, { masterAddress: account }),
);
const made = transactions.map((transaction) => {
  const blobs = wallets.map((wallet) => wallet.sign({ ...transaction }, true).tx_blob);
  return { signed: signers.map(({ account }, place) => ({ account, blob: blobs[place] })), combined: multisign(blobs) };
});
console.log(JSON.stringify({ made }, null, 1));
