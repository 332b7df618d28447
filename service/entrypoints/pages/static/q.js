// The card reader: reads the card from the address behind #, which no server ever sees, and judges it in the browser.
// Of a card that holds, its random name alone is sent, before anything is shown: its holder is told, and says by it whether
// it was withdrawn. Without a network neither is done, and the page says so.
import { readCard, readList } from "./card-token.js";

const place = document.getElementById("reader");
const issuer = place.dataset.issuer;
const chinese = place.dataset.language === "zh";
const form = document.querySelector("form.paste");

const moment = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short" });
const written = (seconds) => moment.format(new Date(seconds * 1000));

// A public file, when it was made, and whether it came just now: the worker answers with what it has kept where there is
// no network.
async function fetched(path) {
  const answer = await fetch(path, { credentials: "omit" });
  if (!answer.ok) throw new Error(path);
  const made = Date.parse(answer.headers.get("date") ?? "") / 1000;
  return { answer, made: Number.isFinite(made) ? Math.floor(made) : null, kept: answer.headers.has("x-kept") };
}

async function known() {
  const [keys, list, names] = await Promise.all(
    ["/.well-known/jwks.json", "/.well-known/revoked", "/q/regions.json"].map((path) => fetched(path).catch(() => null)),
  );
  return {
    keys: keys && (await keys.answer.json()).keys,
    keysMade: keys?.made,
    list: list && (await list.answer.text()),
    serverTime: list && !list.kept ? list.made : null,
    names: names ? await names.answer.json() : {},
  };
}

const PATIENCE = 6000; // milliseconds that telling the holder may take before the page says that it was not done

// What came of telling: {live, checked, receipt}, or {seconds} to wait, or nothing where nobody answers.
async function told(jti) {
  if (!navigator.onLine) return {};
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE);
  try {
    const headers = { "content-type": "application/json" };
    const answer = await fetch("/api/card", { method: "POST", headers, body: JSON.stringify({ card: jti }), credentials: "omit", signal: late.signal });
    if (answer.ok) return await answer.json();
    return answer.status === 429 ? { seconds: answer.headers.get("retry-after") } : {};
  } catch {
    return {};
  } finally {
    clearTimeout(timer);
  }
}

function show(name, values = {}) {
  for (const old of place.querySelectorAll(".shown")) old.remove();
  const copy = document.getElementById(name).content.cloneNode(true);
  for (const node of copy.querySelectorAll("[data-value]")) node.textContent = values[node.dataset.value] ?? "";
  for (const node of copy.querySelectorAll("[data-if]")) if (!values[node.dataset.if]) node.remove();
  for (const node of copy.querySelectorAll("[data-list]")) node.replaceChildren(...values[node.dataset.list].map((one) => item(node, one)));
  for (const node of copy.querySelectorAll("a[data-receipt]")) node.href = `data:application/jwt;base64,${btoa(values.receipt)}`;
  for (const node of copy.querySelectorAll("button[data-again]")) node.addEventListener("click", start);
  for (const node of copy.querySelectorAll(".regions")) draw(node, [...values.certain, ...values.possible]);
  for (const node of copy.children) node.classList.add("shown");
  place.append(copy);
  place.querySelector(".shown h1")?.focus();
}

function item(list, { name, number }) {
  const one = document.getElementById("region").content.firstElementChild.cloneNode(true);
  const possible = list.dataset.list === "possible";
  one.classList.add(possible ? "possible" : "certain");
  one.querySelector(".mark").textContent = `${number}${possible ? "?" : ""}`;
  one.querySelector("strong").textContent = name;
  for (const how of one.querySelectorAll("[data-how]")) if ((how.dataset.how === "possible") !== possible) how.remove();
  return one;
}

// The scheme of the provinces, marked as on the page that checks a reply by its code; a region abroad has no square.
function draw(node, places) {
  const words = node.dataset;
  const told = places.map((one) => `${one.number} ${one.name} (${one.certain ? words.certain : words.possible})`);
  node.querySelector("svg.tiles").setAttribute("aria-label", told.length ? `${words.marked} ${told.join(", ")}` : words.none);
  for (const tile of node.querySelectorAll("[data-province]")) {
    const here = places.filter((one) => one.province === tile.dataset.province);
    if (!here.length) continue;
    const certain = here.some((one) => one.certain);
    tile.setAttribute("class", certain ? "certain" : "possible");
    const [square, label] = tile.children;
    const badge = label.cloneNode();
    if (!certain) square.setAttribute("rx", "12");
    label.setAttribute("y", Number(square.getAttribute("y")) + 16);
    badge.setAttribute("y", Number(square.getAttribute("y")) + 31);
    badge.setAttribute("class", "badge");
    const numbers = here.map((one) => one.number);
    badge.textContent = `${numbers.slice(0, 2).join(" ")}${numbers.length > 2 ? "+" : ""}${certain ? "" : "?"}`;
    tile.append(badge);
  }
}

const minutes = (from, to) => Math.max(0, Math.round((to - from) / 60));

// With a network the service's clock counts: that of a cheap phone may be wrong. Without one, a list from the future says so.
async function judge(token) {
  const { keys, keysMade, list: signed, serverTime, names } = await known();
  if (!keys) return show("no-keys");
  const list = signed && (await readList(signed, keys, issuer));
  const here = Math.floor(Date.now() / 1000);
  const now = serverTime ?? (list && here < list.at ? list.at : here);
  const refused = (why) => show("refused", { [why]: true, heading: document.getElementById("refused").dataset[why] });
  const { fault, claims } = await readCard(token, keys, list, issuer, now);
  if (fault) return refused(fault);
  const { live, checked, receipt, entry, seconds } = await told(claims.jti);
  if (live === false) return refused("gone");
  const places = (codes, before, certain) => codes.map((code, at) => ({
    name: names[code]?.[chinese ? 0 : 1] ?? String(code),
    number: before + at + 1, // as in the reply: what is certain first
    province: String(code - (code % 10000)), // GB/T 2260: the first two of six digits; a country has none
    certain,
  }));
  show("genuine", {
    masked: claims.masked,
    first: claims.window[0], last: claims.window[1], rule: claims.rule,
    certain: places(claims.regions, 0, true), possible: places(claims.possible, claims.regions.length, false), none: !claims.regions.length && !claims.possible.length,
    some: claims.regions.length + claims.possible.length > 0,
    covered: claims.coverage[0], whole: claims.coverage[1], gaps: claims.coverage[0] < claims.coverage[1],
    made: written(claims.iat), until: written(claims.exp), now: written(now),
    told: live, untold: !live, waits: seconds, seconds, alone: !live && !seconds, checked, receipt, entry,
    listed: list ? written(list.at) : "–", listAge: list ? minutes(list.at, now) : "–",
    keysMade: keysMade ? written(keysMade) : "–",
    host: location.host,
  });
}

async function start() {
  document.querySelector("a.other").hash = location.hash;
  const token = decodeURIComponent(location.hash.slice(1));
  if (!token) return show("empty");
  show("working");
  try {
    await judge(token);
  } catch {
    show("unable");
  }
}

// What is pasted may be the whole address of a card, or what stands behind its #.
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const token = form.elements.card.value.trim().split("#").pop();
  form.reset();
  if (location.hash.slice(1) === token) start();
  else location.hash = token;
});
addEventListener("hashchange", start);
start();
navigator.serviceWorker?.register("/q/worker.js", { scope: "/q" }).catch(() => {});
