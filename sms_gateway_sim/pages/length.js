// How long a text is in the air: what its coding counts, and into how many short messages it is cut.
// 3GPP TS 23.038 (the default alphabet) and 23.040, 9.2.3.24 (the header that long texts need in each part).

const BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION = "\f^{}\\[~]|€";
const GSM = { coding: "GSM-7", alone: 160, room: 153, cost: (character) => EXTENSION.includes(character) ? 2 : 1 };
const UCS2 = { coding: "UCS-2", alone: 70, room: 67, cost: (character) => character.length };

export function measure(text) {
  const characters = [...text];
  const alphabet = characters.every((character) => (BASIC + EXTENSION).includes(character)) ? GSM : UCS2;
  const costs = characters.map(alphabet.cost);
  const count = costs.reduce((sum, cost) => sum + cost, 0);
  return { count, coding: alphabet.coding, parts: count <= alphabet.alone ? 1 : filled(costs, alphabet.room) };
}

// A character of two units is never parted, so a part may stay one short.
function filled(costs, room) {
  let parts = 1;
  let used = 0;
  for (const cost of costs) {
    if (used + cost > room) { parts += 1; used = 0; }
    used += cost;
  }
  return parts;
}
