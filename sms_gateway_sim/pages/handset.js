// The handset page: phones side by side. It keeps nothing but the language; the numbers shown stand in the
// address (?phones=NUMBER,NUMBER), so a view can be reloaded and shared.

import { Phone } from "./phone.js";
import { clock, locale, speakOther, translate, words } from "./words.js";

const SAMPLE = "8613800138000";
const phones = new Map();

function add(written) {
  const number = written.replace(/[+ ]/g, "");
  if (!/^[1-9][0-9]{6,14}$/.test(number)) return undefined;
  if (!phones.has(number)) {
    const phone = new Phone(number, remove);
    phones.set(number, phone);
    document.getElementById("phones").append(phone.element);
    remember();
  }
  return phones.get(number);
}

function remove(phone) {
  phone.close();
  phones.delete(phone.number);
  remember();
  document.getElementById("number").focus();
}

function remember() {
  history.replaceState(null, "", phones.size ? "?phones=" + [...phones.keys()].join(",") : location.pathname);
}

function tell() {
  document.documentElement.lang = locale();
  document.title = words().title;
  translate(document);
  const button = document.getElementById("language");
  button.textContent = words().language;
  button.lang = locale() === "zh-CN" ? "en" : "zh-CN";
  for (const phone of phones.values()) phone.retell();
}

function tick() {
  for (const place of document.querySelectorAll(".clock")) place.textContent = clock(new Date());
}

document.getElementById("add").addEventListener("submit", (event) => {
  event.preventDefault();
  const phone = add(event.target.number.value);
  if (!phone) return;
  event.target.reset();
  tick();
  phone.form.text.focus();
});
document.getElementById("language").addEventListener("click", () => { speakOther(); tell(); });

const wanted = new URLSearchParams(location.search).get("phones") ?? SAMPLE;
for (const number of wanted.split(",")) add(number);
tell();
tick();
setInterval(tick, 5_000);
