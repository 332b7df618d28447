// An ESME by npm's smpp, told by lines of JSON what to do; what happens to it comes back as lines of JSON.
//   node esme.js HOST PORT
"use strict";
const smpp = require("smpp");
const [host, port] = process.argv.slice(2);
const say = (event, fields) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
const text = (message) => (Buffer.isBuffer(message) ? message.toString("latin1") : message);

const session = smpp.connect({ host, port: Number(port) });
session.on("error", (error) => say("error", { code: error.code || error.message }));
session.on("close", () => say("close"));
session.on("enquire_link", (pdu) => session.send(pdu.response()));
session.on("deliver_sm", (pdu) => {
  const body = pdu.short_message || {};
  say("deliver_sm", {
    from: pdu.source_addr,
    to: pdu.destination_addr,
    esm_class: pdu.esm_class,
    data_coding: pdu.data_coding,
    text: text(body.message),
    udh: body.udh && body.udh.map((element) => element.toString("hex")),
    sar: [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum],
    payload: pdu.message_payload && text(pdu.message_payload.message),
    receipted: pdu.receipted_message_id,
    state: pdu.message_state,
  });
  session.send(pdu.response());
});

const actions = {
  bind: ({ as, ...fields }) => session[`bind_${as}`](fields, (pdu) => say("bound", { status: pdu.command_status, id: pdu.system_id })),
  submit: ({ udh, payload, ...fields }) => {
    if (payload) Object.assign(fields, { short_message: "", message_payload: payload });
    if (udh) fields.short_message = { udh: Buffer.from(udh, "hex"), message: fields.short_message };
    session.submit_sm(fields, (pdu) => say("submitted", { status: pdu.command_status, id: pdu.message_id }));
  },
  ask: () => session.enquire_link((pdu) => say("asked", { status: pdu.command_status })),
  unbind: () => session.unbind((pdu) => { say("unbound", { status: pdu.command_status }); session.close(); }),
};

const lines = require("node:readline").createInterface({ input: process.stdin });
lines.on("line", (line) => { const { do: action, ...fields } = JSON.parse(line); actions[action](fields); });
lines.on("close", () => session.destroy());
