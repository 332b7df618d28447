// A signed card, judged: TRUST 3. Knows no page and fetches nothing; keys, list and time are handed in.
//
// (1) the form  (2) the header: this `alg`, this `typ`, no `crit`, nothing else  (3) the key by its name, of the right set
// (4) the signature  (5) the claims  (6) the times of the card inside those of its key  (7) not withdrawn
import { isSigned } from "./ed25519.js";

const LONGEST = 4096;
const DAY = 86400;
const SKEW = 120; // seconds by which clocks may differ
const PART = /^[A-Za-z0-9_-]+$/;
const HEADER = ["alg", "kid", "typ"];
const utf8 = new TextDecoder("utf-8", { fatal: true });

// Bytes of base64url; null for anything that is not exactly what an encoder writes.
function bytesOf(text) {
  if (!PART.test(text) || text.length % 4 === 1) return null;
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = Uint8Array.from(binary, (one) => one.charCodeAt(0));
  return textOf(bytes) === text ? bytes : null;
}

function textOf(bytes) {
  let binary = "";
  for (const one of bytes) binary += String.fromCharCode(one);
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function objectOf(bytes) {
  try {
    const value = JSON.parse(utf8.decode(bytes));
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

const isTime = (value) => Number.isSafeInteger(value) && value > 0;
const isCount = (value) => Number.isInteger(value) && value >= 0 && value <= 31;
const areRegions = (value) => Array.isArray(value) && value.length <= 400 && value.every((one) => Number.isInteger(one) && one > 0 && one < 1e6);
const isDay = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value);

function isCard(claims) {
  const { window: span, coverage } = claims;
  return (
    isTime(claims.iat) && isTime(claims.exp) && claims.iat < claims.exp && claims.exp - claims.iat <= DAY &&
    typeof claims.jti === "string" && /^[A-Za-z0-9_-]{22}$/.test(claims.jti) &&
    Array.isArray(span) && span.length === 2 && span.every(isDay) &&
    Array.isArray(coverage) && coverage.length === 2 && coverage.every(isCount) && coverage[0] <= coverage[1] &&
    areRegions(claims.regions) && areRegions(claims.possible) &&
    typeof claims.rule === "string" && claims.rule.length <= 40 &&
    typeof claims.masked === "string" && /^\+?[0-9*]{4,20}$/.test(claims.masked)
  );
}

function isList(claims) {
  return isTime(claims.iat) && isTime(claims.exp) && Array.isArray(claims.revoked) && claims.revoked.every((one) => typeof one === "string");
}

// {claims, key} of a token whose steps 1 to 5 hold, else {fault}: form, type, key, signature, claims, issuer.
async function opened(token, typ, isRight, keys, issuer) {
  const parts = typeof token === "string" && token.length <= LONGEST * (typ === "trip+jwt" ? 1 : 4096) ? token.split(".") : [];
  const [head, body, signature] = parts.map(bytesOf);
  if (parts.length !== 3 || !head || !body || !signature) return { fault: "form" };
  const header = objectOf(head);
  if (!header || Object.keys(header).sort().join() !== HEADER.join()) return { fault: "type" };
  if (header.alg !== "Ed25519" || header.typ !== typ) return { fault: "type" };
  const key = keys.find((one) => one.kid === header.kid && one.signs === "card" && one.kty === "OKP" && one.crv === "Ed25519" && one.alg === "Ed25519");
  if (!key) return { fault: "key" };
  const publicKey = bytesOf(String(key.x));
  const message = new TextEncoder().encode(`${parts[0]}.${parts[1]}`);
  if (!publicKey || !(await isSigned(message, signature, publicKey))) return { fault: "signature" };
  const claims = objectOf(body);
  if (!claims || !isRight(claims)) return { fault: "claims" };
  return claims.iss === issuer ? { claims, key } : { fault: "issuer" };
}

async function markOf(jti) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`revoked/v1|${jti}`));
  return textOf(new Uint8Array(digest).slice(0, 16));
}

// The revocation list of a token: {at, until, marks}, else null. Its times have to lie inside its key's, too.
export async function readList(token, keys, issuer) {
  const { claims, key, fault } = await opened(token, "trip-revoked+jwt", isList, keys, issuer);
  if (fault || claims.iat < key.active_from || claims.iat >= key.active_until) return null;
  return { at: claims.iat, until: claims.exp, marks: new Set(claims.revoked) };
}

// {fault: null, claims} for a card that holds at `now`, else {fault}: also early, expired, times, withdrawn.
export async function readCard(token, keys, list, issuer, now) {
  const { claims, key, fault } = await opened(token, "trip+jwt", isCard, keys, issuer);
  if (fault) return { fault };
  if (claims.iat < key.active_from || claims.iat >= key.active_until || claims.exp > key.verify_until) return { fault: "times" };
  if (now < claims.iat - SKEW) return { fault: "early" };
  if (now >= claims.exp || now >= key.verify_until) return { fault: "expired" };
  if (list?.marks.has(await markOf(claims.jti))) return { fault: "withdrawn" };
  return { fault: null, claims };
}
