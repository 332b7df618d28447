// One phone: its thread, kept up by a WebSocket, and the field to write in.
// It decides nothing about other phones, and keeps no message but those that it shows.

import { measure } from "./length.js";
import { clock, day, keywords, moment, pretty, translate, words } from "./words.js";

const PAUSE = { first: 500, most: 10_000 }; // milliseconds before a lost stream is tried again

export class Phone {
  constructor(number, removed) {
    this.number = number;
    this.shown = new Map(); // by time, then id: a centre that was started anew counts from 1 again
    this.pause = PAUSE.first;
    this.element = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    for (const name of ["state", "log", "thread", "keywords", "count", "remove"]) this[name] = this.element.querySelector("." + name);
    this.form = this.element.querySelector("form");
    this.name();
    this.listen(removed);
    this.retell();
    this.connect();
  }

  name() {
    const heading = this.element.querySelector("h2");
    heading.textContent = pretty(this.number);
    heading.id = `phone-${this.number}`;
    this.element.setAttribute("aria-labelledby", heading.id);
    this.count.id = `count-${this.number}`;
    this.form.text.setAttribute("aria-describedby", this.count.id);
  }

  listen(removed) {
    this.remove.addEventListener("click", () => removed(this));
    this.form.to.addEventListener("change", () => this.retell());
    this.form.text.addEventListener("input", () => this.measure());
    this.form.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.keywords.addEventListener("click", ({ target }) => {
      if (target.matches("button") && this.form.to.reportValidity()) this.send(target.textContent);
    });
  }

  // The stream first, then the thread so far: what comes in between is shown once.
  connect() {
    this.socket = new WebSocket(`${location.origin.replace("http", "ws")}/handsets/${this.number}/stream`);
    this.socket.addEventListener("message", (event) => this.show(JSON.parse(event.data)));
    this.socket.addEventListener("open", () => this.catchUp().catch(() => this.socket.close()));
    this.socket.addEventListener("close", () => {
      this.tell("lost");
      if (!this.gone) setTimeout(() => this.connect(), this.pause);
      this.pause = Math.min(this.pause * 2, PAUSE.most);
    });
  }

  async catchUp() {
    const answer = await fetch(`/handsets/${this.number}/messages`);
    for (const message of await answer.json()) this.show(message);
    this.log.ariaBusy = "false"; // from here on a screen reader says what comes
    this.pause = PAUSE.first;
    this.tell("live");
  }

  tell(state) {
    this.state.dataset.text = state;
    this.state.textContent = words()[state];
    this.element.classList.toggle("lost", state === "lost");
  }

  close() {
    this.gone = true;
    this.socket.close();
    this.element.remove();
  }

  submit() {
    const text = this.form.text.value;
    if (!text.trim()) return;
    this.form.text.value = "";
    this.measure();
    this.form.text.focus();
    this.send(text);
  }

  async send(text) {
    const to = this.form.to.value;
    try {
      const answer = await fetch(`/handsets/${this.number}/messages`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ to, text }),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      this.show(await answer.json());
    } catch {
      this.show({ id: 0, from: this.number, to, text, at: new Date().toISOString(), failed: true });
    }
  }

  show(message) {
    const key = `${message.at} ${String(message.id).padStart(12, "0")}`;
    if (this.shown.has(key)) return;
    const item = bubble(message, message.from === this.number);
    item.classList.toggle("new", this.log.ariaBusy === "false");
    const later = [...this.shown.keys()].filter((other) => other > key).sort()[0];
    this.thread.insertBefore(item, this.shown.get(later)?.item ?? null);
    this.shown.set(key, { message, item });
    this.describe();
    this.log.scrollTop = 0; // the bottom: see the style sheet
  }

  // Everything about the messages that depends on the language, on the day, or on whom the phone now writes to.
  describe() {
    let last = "";
    for (const [, { message, item }] of [...this.shown].sort(([one], [other]) => one < other ? -1 : 1)) {
      const own = message.from === this.number;
      const at = new Date(message.at);
      const today = day(at);
      item.dataset.day = today === last ? "" : today;
      last = today;
      item.classList.toggle("stranger", (own ? message.to : message.from) !== this.form.to.value);
      item.querySelector(".who").textContent = own ? `${words().sentTo} ${message.to}` : `${words().from} ${message.from}`;
      item.querySelector("time").textContent = clock(at);
      item.querySelector("time").title = moment(at);
      item.querySelector(".size").textContent = sized(message);
    }
  }

  measure() {
    const { count, coding, parts } = measure(this.form.text.value);
    this.count.textContent = count ? `${words().length(count, coding)} · ${words().parts(parts)}` : "";
  }

  retell() {
    translate(this.element);
    this.log.ariaLabel = `${words().thread} ${pretty(this.number)}`;
    this.remove.ariaLabel = `${words().remove} ${pretty(this.number)}`;
    this.keywords.replaceChildren(...keywords().map((keyword) => element("button", "keyword", { type: "button", textContent: keyword })));
    this.measure();
    this.describe();
  }
}

function sized({ text, parts, failed }) {
  const { count, coding } = measure(text);
  return failed ? words().failed : `${words().length(count, coding)} · ${words().parts(parts)}`;
}

function bubble({ text, at, failed }, own) {
  const item = element("li", own ? "bubble own" : "bubble");
  item.classList.toggle("failed", Boolean(failed));
  const lang = /\p{Script=Han}/u.test(text) ? "zh-CN" : "en";
  const meta = element("p", "meta");
  meta.append(element("time", "", { dateTime: at }), " · ", element("span", "size"));
  item.append(element("span", "who"), element("p", "said", { textContent: text, lang }), meta);
  return item;
}

function element(name, className, properties = {}) {
  return Object.assign(document.createElement(name), { className, ...properties });
}
