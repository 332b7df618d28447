// A message centre by npm's smpp, told by lines of JSON what to do; what happens to it comes back as lines of JSON.
//   node centre.js
"use strict";
const smpp = require("smpp");
const say = (event, fields) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
let session = null;
let statuses = []; // of the next submits, before all are taken again; "cut" loses the link instead of an answer
let identifiers = 0;

const server = smpp.createServer((peer) => {
  peer.on("error", (error) => say("error", { code: error.code || error.message }));
  peer.on("close", () => say("closed"));
  peer.on("enquire_link", (pdu) => peer.send(pdu.response()));
  peer.on("unbind", (pdu) => { say("unbind"); peer.send(pdu.response()); peer.close(); });
  peer.on("unknown", (pdu) => say("unknown", { id: pdu.command_id }));
  peer.on("bind_transceiver", (pdu) => {
    const welcome = pdu.system_id === "one" && pdu.password === "secret";
    peer.send(pdu.response(welcome ? { system_id: "npm" } : { command_status: smpp.ESME_RINVPASWD }));
    if (welcome) session = peer;
    say("bind", { welcome });
  });
  peer.on("submit_sm", (pdu) => {
    const status = statuses.length ? statuses.shift() : 0;
    const { udh, message } = pdu.short_message;
    say("submit", {
      status,
      from: pdu.source_addr,
      to: pdu.destination_addr,
      data_coding: pdu.data_coding,
      text: Buffer.isBuffer(message) ? message.toString("latin1") : message,
      udh: udh && udh.map((element) => element.toString("hex")),
      registered: pdu.registered_delivery,
    });
    if (status === "cut") return peer.destroy();
    if (status) return peer.send(pdu.response({ command_status: status }));
    identifiers += 1;
    const id = identifiers.toString(16).toUpperCase().padStart(10, "0");
    if (pdu.registered_delivery) {
      const text = `id:${parseInt(id, 16)} sub:001 dlvrd:001 submit date:2611251015 done date:261125101559 stat:DELIVRD err:000 text:`;
      peer.deliver_sm({ source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4, short_message: text });
    }
    return peer.send(pdu.response({ message_id: id }));
  });
  peer.on("deliver_sm_resp", (pdu) => say("delivered", { status: pdu.command_status }));
});

const actions = {
  deliver: ({ udh, text, ...fields }) =>
    session.deliver_sm({ short_message: udh ? { udh: Buffer.from(udh, "hex"), message: text } : text, ...fields }),
  statuses: ({ next }) => { statuses = next; },
};
const lines = require("node:readline").createInterface({ input: process.stdin });
lines.on("line", (line) => { const { do: action, ...fields } = JSON.parse(line); actions[action](fields); });
lines.on("close", () => process.exit(0));
server.listen(0, "127.0.0.1", () => say("listening", { port: server.address().port }));
