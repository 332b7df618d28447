// The form helps where scripts run: a mistyped code is said beside its field, and nothing is sent.
import { readCode, readLastFour } from "./check-code.js";

const form = document.querySelector("form.check");

function say(field, fault) {
  const place = document.getElementById(`${field.id}-fault`);
  place.textContent = fault ? form.dataset[`fault${fault[0].toUpperCase()}${fault.slice(1)}`] : "";
  field.setAttribute("aria-invalid", String(Boolean(fault)));
}

function judged(field) {
  if (field.id === "code") return readCode(field.value);
  return readLastFour(field.value);
}

function leave(event) {
  const field = event.target;
  if (!field.value.trim()) return say(field, null);
  const { code, fault } = judged(field);
  if (code && !fault) field.value = code;
  say(field, fault);
}

function submit(event) {
  const fields = [...form.querySelectorAll("input.typed")];
  const wrong = fields.filter((field) => {
    const { fault } = judged(field);
    say(field, fault);
    return fault;
  });
  if (!wrong.length) return;
  event.preventDefault();
  wrong[0].focus();
}

if (form) {
  form.noValidate = true;
  form.addEventListener("submit", submit);
  for (const field of form.querySelectorAll("input.typed")) {
    field.addEventListener("blur", leave);
    field.addEventListener("input", () => field.getAttribute("aria-invalid") === "true" && say(field, judged(field).fault));
  }
}
