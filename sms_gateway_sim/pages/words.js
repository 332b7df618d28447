// What the page says, in two languages: the browser's unless somebody chose the other, which is remembered.
// All texts and formats stand here; nothing here knows a phone or a message.

const WORDS = {
  en: {
    title: "Handsets", number: "Number", add: "Add phone", language: "中文",
    live: "live", lost: "reconnecting…", remove: "Remove phone", thread: "Messages of",
    to: "To", message: "Text message", send: "Send", keywords: "Keywords to send",
    empty: "No messages yet. Write one, or tap a keyword.",
    failed: "Not sent", sentTo: "To", from: "From", today: "Today",
    parts: (parts) => `${parts} SMS`,
    length: (count, coding) => `${count} ${count === 1 ? "character" : "characters"} · ${coding}`,
  },
  zh: {
    title: "模拟手机", number: "号码", add: "添加手机", language: "English",
    live: "在线", lost: "正在重新连接…", remove: "移除手机", thread: "短信记录",
    to: "收件人", message: "短信", send: "发送", keywords: "常用指令",
    empty: "还没有短信。请输入内容,或点选指令。",
    failed: "未发出", sentTo: "发给", from: "来自", today: "今天",
    parts: (parts) => `${parts}条短信`,
    length: (count, coding) => `${count}字 · ${coding}`,
  },
};
const LOCALES = { en: "en-GB", zh: "zh-CN" };
const KEYWORDS = { en: ["TRIP", "TRIP15", "HELP", "STOP"], zh: ["CXMYD", "CXMYD15", "BZ", "TD"] };

let language = localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");

export const words = () => WORDS[language];
export const keywords = () => KEYWORDS[language];
export const locale = () => LOCALES[language];

export function speakOther() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
}

// data-text is what stands there, data-label what a screen reader says, data-hint what an empty field shows.
export function translate(root) {
  for (const place of root.querySelectorAll("[data-text]")) place.textContent = words()[place.dataset.text];
  for (const place of root.querySelectorAll("[data-label]")) place.ariaLabel = words()[place.dataset.label];
  for (const place of root.querySelectorAll("[data-hint]")) place.placeholder = words()[place.dataset.hint];
}

export const clock = (at) => at.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
export const moment = (at) => at.toLocaleString(locale(), { dateStyle: "full", timeStyle: "medium" });

export function day(at) {
  if (at.toDateString() === new Date().toDateString()) return words().today;
  return at.toLocaleDateString(locale(), { weekday: "short", day: "numeric", month: "long" });
}

// A Chinese mobile number in its usual groups; any other as it is.
export const pretty = (number) => "+" + number.replace(/^86(1\d\d)(\d{4})(\d{4})$/, "86 $1 $2 $3");
