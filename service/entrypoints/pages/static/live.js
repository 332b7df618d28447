// The live challenge: one form, one socket, one state after the other. Texts stand in the page's templates.
import { readLastFour } from "./check-code.js";

const live = document.querySelector(".live");
const form = live.querySelector("form.ask");
const stage = live.querySelector(".stage");
const SPACED = /(\d{3})(\d{3})/;
let socket = null;
let ticking = null;

function show(state, values = {}, move = true) {
  clearInterval(ticking);
  form.hidden = true;
  const piece = live.querySelector(`template[data-state="${state}"]`).content.cloneNode(true);
  for (const place of piece.querySelectorAll("[data-fill]")) place.textContent = values[place.dataset.fill] ?? "";
  const clock = piece.querySelector("[data-clock]");
  if (clock) count(clock, values.seconds);
  const answer = piece.querySelector("[data-answer]");
  // Our own server's piece of a page; the policy lets no script in it run.
  if (answer) answer.innerHTML = values.html;
  piece.querySelector("[data-again]")?.addEventListener("click", again);
  stage.replaceChildren(piece);
  if (move) stage.querySelector("h3")?.focus();
}

function count(clock, seconds) {
  const end = performance.now() + seconds * 1000;
  const write = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  };
  write();
  ticking = setInterval(write, 500);
}

function again() {
  leave();
  clearInterval(ticking);
  stage.replaceChildren();
  form.hidden = false;
  live.querySelector("#live-heading").focus();
}

function leave() {
  if (!socket) return;
  const left = socket;
  socket = null;
  left.close();
}

function fault(field) {
  for (const place of form.querySelectorAll(".fault")) {
    const name = place.dataset.field ?? place.id.replace("-fault", "");
    const here = name === field;
    place.textContent = here ? form.dataset[`fault${field[0].toUpperCase()}${field.slice(1)}`] : "";
    form.querySelector(`input.typed[name="${name}"], input.plain[name="${name}"]`)?.setAttribute("aria-invalid", String(here));
  }
  if (!field) return;
  form.hidden = false;
  stage.replaceChildren();
  form.querySelector(`[name="${field}"]`)?.focus();
}

// What is asked, as the socket takes it; or the field that is wrong.
function asked() {
  const fields = new FormData(form);
  const question = fields.get("question");
  const four = readLastFour(fields.get("phone_last_four"));
  const provinces = fields.getAll("provinces").map(Number);
  const message = { question, phone_last_four: four.digits, name: fields.get("name").trim(), page: document.documentElement.lang.startsWith("zh") ? "zh" : "en" };
  if (question === "inside" || question === "outside") {
    Object.assign(message, { question: "predicate", inside: question === "inside", provinces });
    if (fields.get("standing")) message.standing = true;
    if (!provinces.length) return { wrong: "provinces" };
  }
  const [verifier, secret] = ["verifier", "secret"].map((field) => fields.get(field).trim());
  if (verifier || secret) Object.assign(message, { verifier, secret });
  if (question === "id4") message.document_last_four = fields.get("document_last_four").trim();
  return four.fault ? { wrong: "phone_last_four" } : { message };
}

function submit(event) {
  event.preventDefault();
  const { wrong, message } = asked();
  fault(wrong ?? null);
  if (wrong) return;
  leave();
  show("connecting");
  const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/challenge`);
  let opened = {};
  let over = false;
  socket = mine;
  mine.addEventListener("open", () => mine.send(JSON.stringify(message)));
  mine.addEventListener("message", ({ data }) => {
    if (socket !== mine) return;
    const told = JSON.parse(data);
    if (told.state === "opened") opened = { code: told.code.replace(SPACED, "$1 $2"), pair: told.pair };
    over = !["opened", "asked"].includes(told.state);
    if (told.state === "fault") fault(told.field);
    else show(told.state, { ...opened, ...told, code: opened.code });
  });
  mine.addEventListener("close", () => {
    if (socket !== mine) return;
    socket = null;
    if (!over) show("lost");
  });
}

function choose() {
  const question = form.elements.question.value;
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(question);
}

function name() {
  const chosen = [...form.querySelectorAll("[name=provinces]:checked")].map((box) => box.dataset.name);
  form.querySelector(".chosen").textContent = chosen.join(document.documentElement.lang.startsWith("zh") ? "、" : ", ");
}

form.hidden = false;
form.addEventListener("submit", submit);
form.addEventListener("change", choose);
form.querySelector(".grid").addEventListener("change", name);
addEventListener("pagehide", leave);
choose();
name();
