// Cuts texts with split-sms: a line of JSON (a text) in, a line of JSON (its character set and parts) out.
"use strict";
const { split } = require("split-sms");
const lines = require("node:readline").createInterface({ input: process.stdin });

lines.on("line", (line) => {
  const { characterSet, parts } = split(JSON.parse(line));
  process.stdout.write(`${JSON.stringify([characterSet, parts.map((part) => part.content)])}\n`);
});
