// The handset page: several phones side by side, each a thread of messages that is kept up by a WebSocket.
// It keeps nothing but the language; the numbers shown stand in the address (?phones=...), so a view can be shared.

const WORDS = {
  en: { title: "Handsets", number: "Number", add: "Add phone", to: "To", message: "Message", send: "Send",
    live: "live", lost: "reconnecting", remove: "Remove phone", parts: (n) => n === 1 ? "1 SMS" : `${n} SMS`,
    failed: "not sent", thread: "Messages of", me: "sent", other: "from", language: "中文" },
  zh: { title: "模拟手机", number: "号码", add: "添加手机", to: "发给", message: "短信内容", send: "发送",
    live: "在线", lost: "重新连接中", remove: "移除手机", parts: (n) => `${n}条短信`,
    failed: "未发出", thread: "短信:", me: "已发送", other: "来自", language: "English" },
};
const CHIPS = ["CXMYD", "BZ", "TD", "TRIP"];
const GSM = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION = "\f^{}\\[~]|€";

let language = localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
const phones = new Map();

function words() { return WORDS[language]; }

function translate(root) {
  for (const place of root.querySelectorAll("[data-text]")) place.textContent = words()[place.dataset.text];
}

// Length in what the coding counts: septets of the default alphabet, else 16-bit units.
function size(text) {
  let septets = 0;
  for (const character of text) {
    if (GSM.includes(character)) septets += 1;
    else if (EXTENSION.includes(character)) septets += 2;
    else return { count: text.length, coding: "UCS-2", single: 70, part: 67 };
  }
  return { count: septets, coding: "GSM-7", single: 160, part: 153 };
}

function clock(at) {
  return new Date(at).toLocaleTimeString(language === "zh" ? "zh-CN" : "en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

class Phone {
  constructor(number) {
    this.number = number.replace(/^\+/, "");
    this.shown = new Map();
    this.pause = 500;
    this.element = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    this.thread = this.element.querySelector(".thread");
    this.state = this.element.querySelector(".state");
    const heading = this.element.querySelector(".phone-number");
    heading.textContent = "+" + this.number;
    heading.id = "phone-" + this.number;
    this.element.setAttribute("aria-labelledby", heading.id);
    this.element.querySelector(".remove").addEventListener("click", () => remove(this));
    this.compose = this.element.querySelector(".compose");
    this.compose.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.compose.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.compose.requestSubmit(); }
    });
    this.compose.text.addEventListener("input", () => this.count());
    for (const chip of CHIPS) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = chip;
      button.addEventListener("click", () => { this.compose.text.value = chip; this.compose.requestSubmit(); });
      this.element.querySelector(".chips").append(button);
    }
    this.connect();
  }

  // The stream first, then the thread so far: what comes in between is shown once, by its id.
  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.socket = new WebSocket(`${scheme}://${location.host}/handsets/${this.number}/stream`);
    this.socket.addEventListener("message", (event) => this.show(JSON.parse(event.data)));
    this.socket.addEventListener("open", async () => {
      this.pause = 500;
      this.live = true;
      this.tell();
      const answer = await fetch(`/handsets/${this.number}/messages`);
      if (answer.ok) for (const message of await answer.json()) this.show(message);
    });
    this.socket.addEventListener("close", () => {
      this.live = false;
      this.tell();
      if (!this.gone) setTimeout(() => this.connect(), this.pause);
      this.pause = Math.min(this.pause * 2, 10000);
    });
  }

  close() { this.gone = true; this.socket.close(); this.element.remove(); }

  tell() {
    this.state.textContent = this.live ? words().live : words().lost;
    this.thread.setAttribute("aria-label", `${words().thread} +${this.number}`);
    this.element.querySelector(".remove").setAttribute("aria-label", `${words().remove} +${this.number}`);
  }

  show(message) {
    if (this.shown.has(message.id)) return;
    const own = message.from === this.number;
    const item = document.createElement("li");
    item.className = own ? "bubble own" : "bubble";
    const said = document.createElement("p");
    said.className = "said";
    said.textContent = message.text;
    const meta = document.createElement("p");
    meta.className = "meta";
    item.append(said, meta);
    this.shown.set(message.id, { message, own, meta });
    this.describe(message.id);
    const after = [...this.thread.children].find((other) => Number(other.dataset.id) > message.id);
    item.dataset.id = message.id;
    this.thread.insertBefore(item, after ?? null);
    this.thread.scrollTop = this.thread.scrollHeight;
  }

  describe(id) {
    const { message, own, meta } = this.shown.get(id);
    const { count, coding } = size(message.text);
    const who = own ? `${words().me} → ${message.to}` : `${words().other} ${message.from}`;
    meta.textContent = `${who} · ${clock(message.at)} · ${words().parts(message.parts)} · ${count} ${coding}`;
  }

  count() {
    const text = this.compose.text.value;
    const { count, coding, single, part } = size(text);
    const parts = count <= single ? 1 : Math.ceil(count / part);
    this.element.querySelector(".count").textContent = text ? `${count} ${coding} · ${words().parts(parts)}` : "";
  }

  async send() {
    const field = this.compose.text;
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    this.count();
    field.focus();
    try {
      const answer = await fetch(`/handsets/${this.number}/messages`, {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ to: this.compose.to.value, text }),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      this.show(await answer.json());
    } catch {
      this.failed(text);
    }
  }

  failed(text) {
    const item = document.createElement("li");
    item.className = "bubble own failed";
    const said = document.createElement("p");
    said.className = "said";
    said.textContent = text;
    const meta = document.createElement("p");
    meta.className = "meta";
    meta.textContent = words().failed;
    item.append(said, meta);
    this.thread.append(item);
  }

  retell() {
    translate(this.element);
    this.tell();
    this.count();
    for (const id of this.shown.keys()) this.describe(id);
  }
}

function add(number) {
  const key = number.replace(/^\+/, "");
  if (!/^[1-9][0-9]{6,14}$/.test(key) || phones.has(key)) return;
  const phone = new Phone(key);
  phones.set(key, phone);
  document.getElementById("phones").append(phone.element);
  phone.retell();
  remember();
}

function remove(phone) {
  phone.close();
  phones.delete(phone.number);
  remember();
  document.getElementById("number").focus();
}

function remember() {
  const query = phones.size ? "?phones=" + [...phones.keys()].join(",") : location.pathname;
  history.replaceState(null, "", query);
}

function speak(chosen) {
  language = chosen;
  localStorage.setItem("language", chosen);
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  document.title = words().title;
  translate(document);
  const button = document.getElementById("language");
  button.textContent = words().language;
  button.lang = chosen === "zh" ? "en" : "zh-CN";
  for (const phone of phones.values()) phone.retell();
}

document.getElementById("add").addEventListener("submit", (event) => {
  event.preventDefault();
  add(event.target.number.value.trim());
  event.target.number.value = "";
});
document.getElementById("language").addEventListener("click", () => speak(language === "zh" ? "en" : "zh"));
const wanted = (new URLSearchParams(location.search).get("phones") ?? "").replaceAll(" ", "").split(",");
for (const number of wanted) add(number);
if (!phones.size) add("8613800138000");
speak(language);
