// The check code as domain/check_codes.py reads it: typing errors are found here, before anything is sent.
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LOOKS_LIKE = { O: "0", I: "1", L: "1" };
const SYMBOLS = 10;

// Damm over GF(2^5), x^5 + x^2 + 1: i' = 2 * (i xor d); all ten symbols bring it to zero.
function after(interim, value) {
  const doubled = (interim ^ value) << 1;
  return doubled & 32 ? doubled ^ 0b100101 : doubled;
}

// {code, fault}: the code as it is written in a reply; fault is "length", "letter", "mistyped" or null.
export function readCode(text) {
  const kept = [...text.normalize("NFKC").toUpperCase()]
    .filter((symbol) => /[\p{L}\p{N}]/u.test(symbol))
    .map((symbol) => LOOKS_LIKE[symbol] ?? symbol);
  const values = kept.map((symbol) => ALPHABET.indexOf(symbol));
  const code = `${kept.slice(0, 5).join("")}-${kept.slice(5).join("")}`;
  if (values.includes(-1)) return { code, fault: "letter" };
  if (values.length !== SYMBOLS) return { code, fault: "length" };
  return { code, fault: values.reduce(after, 0) ? "mistyped" : null };
}

// {digits, fault}: four digits of a phone; fault is "digits" or null.
export function readLastFour(text) {
  const digits = text.normalize("NFKC").replace(/\s/g, "");
  return { digits, fault: /^[0-9]{4}$/.test(digits) ? null : "digits" };
}
