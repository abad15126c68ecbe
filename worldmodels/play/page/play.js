// One visit: each message is answered, in order, by a scene or by what is wrong.

import { buttons, control, hint } from "./controls.js";
import { Curves, Pictures } from "./pictures.js";

const $ = (selector) => document.querySelector(selector);
const READ_EVERY = 1000; // ms between readings of the speedometer

const pictures = new Pictures($("#panels"), hand);
const curves = new Curves($("#readings div"));
const state = { queue: [], flying: [], running: false, scene: null, controls: null, acting: null, drag: null, due: 0, asked: 0, timer: 0 };
const meter = { frames: 0, since: performance.now(), delays: [], pressed: null };
let socket;

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/play${location.search}`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => (typeof data === "string" ? hear(JSON.parse(data)) : receive(data));
  socket.onclose = ({ reason }) => {
    state.flying = [];
    notice(reason || "The server has gone; this page tries again.");
    setTimeout(connect, 2000);
  };
}

function hear(said) {
  if (said.kind === "welcome") {
    notice("");
    const wished = decodeURIComponent(location.hash.slice(1)) || $("#places").value;
    $("#places").replaceChildren(...said.places.map((name) => new Option(name, name)));
    if (said.places.includes(wished)) $("#places").value = wished;
    return enter();
  }
  landed();
  notice(said.text);
  if (state.running) toggle(false);
  next();
  pace();
}

function receive(data) {
  const size = new DataView(data).getUint32(0);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, size)));
  const body = new Uint8Array(data, 4 + size);
  const sent = landed();
  if (header.kind === "video") return download(body), next();
  if (header.controls) arrange(header.controls);
  state.scene = header;
  pictures.draw(header.panels, body, 1000 / Number($("#speed").value));
  if (sent && sent.do === "step") measure();
  show(header);
  if (sent && sent.do !== "pick" && !sent.more) notice("");
  if (sent && sent.do === "pick" && state.drag) state.drag.slot = header.picked;
  next();
  pace();
}

// -- messages: one is under way, or two steps while time runs, so that one is computed while the other is drawn; of views
// and drags only the newest waits.

function say(message) {
  const last = state.queue[state.queue.length - 1];
  if (last && last.do === message.do && ["view", "rewind"].includes(message.do)) state.queue[state.queue.length - 1] = message;
  else if (last && last.do === "drag" && message.do === "drag" && message.more) {
    last.by = [last.by[0] + message.by[0], last.by[1] + message.by[1]];
  } else if (state.queue.length < 8) state.queue.push(message);
  next();
}

function next() {
  const message = state.queue[0];
  if (!message || !socket || socket.readyState !== WebSocket.OPEN || !free(message)) return;
  state.flying.push(state.queue.shift());
  socket.send(JSON.stringify(message));
}

function free(message) {
  const ahead = state.running && message.do === "step" && state.flying.every((sent) => sent.do === "step");
  return state.flying.length < (ahead ? 2 : 1);
}

function landed() {
  return state.flying.shift();
}

function enter() {
  state.queue = [];
  toggle(false);
  say({ do: "enter", place: $("#places").value, seed: Number($("#seed").value) || 0 });
}

function step() {
  const message = { do: "step", action: state.acting ? state.acting.value() : null };
  if (state.modules) message.modules = state.modules();
  say(message);
}

function view() {
  const ahead = Number($("#later input").value);
  const message = { do: "view", temperature: Number($("#temperature").value) };
  if (!$("#later").hidden && ahead > 0) message.time = ahead;
  message.objects = $("#masks input").checked;
  message.surprise = $("#score input").checked;
  say(message);
}

// -- time: while it runs, or while a key is held, steps follow one another at the chosen speed. Each answer asks for the
// next step, by a timer: a loop over animation frames would cost more than many a model.

function pace() {
  clearTimeout(state.timer);
  const { acting } = state;
  const held = acting && acting.held !== null && acting.held !== undefined;
  if (!(state.running || held) || state.queue.length || !free({ do: "step" })) return;
  const now = performance.now();
  const due = state.running ? state.due : Math.max(state.due, state.asked + 250);
  if (due > now + 1) {
    state.timer = setTimeout(pace, due - now);
    return;
  }
  state.due = Math.max(now, state.due + 1000 / Number($("#speed").value));
  step();
  pace();
}

function toggle(on) {
  state.running = on;
  $("#run").textContent = on ? "pause" : "play";
  $("#run").classList.toggle("on", on);
  pace();
}

function act() {
  meter.pressed = performance.now();
  state.asked = meter.pressed;
  if (!state.running) step();
}

// -- what is there to do in this world

function arrange(controls) {
  state.controls = controls;
  location.hash = encodeURIComponent(controls.name);
  pictures.clear();
  curves.clear();
  thumbs.clear();
  $("#branches").replaceChildren();
  const { action, modules } = controls;
  const real = controls.real ? `, beside the real ${controls.world}` : "";
  $("#about").textContent = `${controls.model}, ${controls.size[1]} × ${controls.size[0]}${real}`;
  $("#speed").value = Math.min(30, Math.max(1, controls.fps));
  $("#speed").dispatchEvent(new Event("input"));
  state.modules = null;
  state.acting = modules ? moduleControl(modules) : control(action, act);
  $("#act div").replaceChildren(state.acting.element);
  if (!state.acting.continuous) $("#act div").append(hint("Press a key, or hold it."));
  $("#later").hidden = !controls.anytime;
  $("#masks").hidden = !controls.objects;
  $("#score").hidden = !controls.likelihood;
  if (controls.objects && !$("#masks input").checked) { $("#masks input").checked = true; view(); }
  editing(controls.edits);
}

function moduleControl({ slots, modules }) {
  state.slot = 0;
  const names = Array.from({ length: modules }, (_, i) => `rule ${i + 1}`);
  const made = buttons(names, act);
  const box = document.createElement("div");
  const which = document.createElement("div");
  which.className = "row";
  for (let slot = 0; slot < slots; slot++) {
    const button = document.createElement("button");
    button.textContent = `object ${slot + 1}`;
    button.dataset.slot = slot;
    button.onclick = () => choose(slot);
    which.append(button);
  }
  box.append(which, hint("Choose an object, here or in the picture; then a rule moves it."), made.element);
  state.modules = () => {
    if (made.held === null && (state.running || made.chosen === null)) return null;
    const all = Array(slots).fill(-1);
    all[state.slot] = made.held ?? made.chosen;
    return all;
  };
  state.choose = (slot) => {
    state.slot = slot;
    [...which.children].forEach((button, i) => button.classList.toggle("on", i === slot));
  };
  state.choose(0);
  return { ...made, element: box, value: () => null, get held() { return made.held; } };
}

function choose(slot) {
  state.selected = slot;
  if (state.choose && state.modules) state.choose(slot);
  const name = $("#chosen");
  if (name) name.textContent = slot === null ? "no object is chosen" : `object ${slot + 1} is chosen`;
}

function editing(edits) {
  $("#objects").hidden = !edits.length;
  const box = $("#objects div");
  box.replaceChildren();
  if (!edits.length) return;
  const chosen = hint("no object is chosen");
  chosen.id = "chosen";
  const row = document.createElement("div");
  row.className = "row";
  const offer = (edit, name, make) => {
    if (!edits.includes(edit)) return;
    const button = document.createElement("button");
    button.textContent = name;
    button.onclick = () => {
      if (edit !== "TurnCamera" && state.selected == null) return notice("Choose an object in the picture first.");
      say({ do: "change", edit: { edit, ...make(state.selected) } });
    };
    row.append(button);
  };
  offer("Remove", "remove", (slot) => ({ slot }));
  offer("Scale", "larger", (slot) => ({ slot, factor: 1.25 }));
  offer("Scale", "smaller", (slot) => ({ slot, factor: 0.8 }));
  offer("TurnCamera", "turn left", () => ({ degrees: -15 }));
  offer("TurnCamera", "turn right", () => ({ degrees: 15 }));
  box.append(hint(edits.includes("Move") ? "Drag an object in the imagined picture." : "Choose an object in the picture."), chosen, row);
}

// -- the pointer on the imagined picture: it steers, chooses, or drags

function hand(event, x, y, canvas) {
  const { controls, acting } = state;
  if (!controls) return;
  const down = event.type === "pointerdown";
  if (controls.edits.includes("Move") || controls.modules) {
    if (down) {
      canvas.setPointerCapture(event.pointerId);
      state.drag = { slot: undefined, x, y, begun: false };
      say({ do: "pick", at: [x, y] });
    } else if (event.type === "pointermove" && state.drag && event.buttons) drag(x, y);
    else if (event.type !== "pointermove") state.drag = null;
    canvas.classList.toggle("held", Boolean(state.drag));
  } else if (acting && acting.point && (down || event.buttons)) {
    acting.point(x / canvas.width, y / canvas.height);
    if (down) act();
  }
}

function drag(x, y) {
  const { drag, controls } = state;
  if (drag.slot === null || drag.slot === undefined || !controls.edits.includes("Move")) return;
  const by = [x - drag.x, y - drag.y];
  if (Math.hypot(...by) < 0.25) return;
  say({ do: "drag", slot: drag.slot, by, more: drag.begun });
  Object.assign(drag, { x, y, begun: true });
}

// -- what the newest scene says

const thumbs = new Map();
const UNPAINTED = 300; // a canvas's width at first

function show(scene) {
  const { at, length, branch, branches, ended, readings, reward } = scene;
  Object.assign(document.body.dataset, { at, length, branch, branches: branches.length, ended: ended ? ended.how : "" });
  document.body.dataset.picked = scene.picked ?? "";
  Object.assign($("#time"), { max: length - 1, value: at });
  $("#moment").textContent = at;
  if (scene.picked !== null && state.drag) choose(scene.picked);
  const numbers = { ...readings, ...(reward === null || !at || watched() ? {} : { "real reward": reward }) };
  $("#readings").hidden = !curves.lines.size && !Object.keys(numbers).length;
  curves.add(at, numbers);
  $("#ended").hidden = !ended;
  if (ended) {
    const won = ended.success === null ? "" : ended.success ? ": reached" : ": not reached";
    $("#ended").textContent = `The real episode is over${won}. The imagined one goes on; R begins anew.`;
    if (ended.success) document.body.dataset.success = "true";
  } else delete document.body.dataset.success;
  remember(branch, branches);
}

// Action-free worlds have no rewards to speak of.
function watched() {
  const { action } = state.controls;
  return !action || action.n === 1;
}

function remember(branch, branches) {
  const box = $("#branches");
  box.hidden = branches.length < 2;
  if (box.hidden) return;
  const from = pictures.imagined();
  branches.forEach((length, i) => {
    if (!thumbs.has(i)) {
      const button = document.createElement("button");
      const canvas = document.createElement("canvas");
      button.append(canvas, document.createElement("span"));
      button.onclick = () => say({ do: "switch", branch: i });
      thumbs.set(i, button);
      box.append(button);
    }
    const button = thumbs.get(i);
    button.lastChild.textContent = `branch ${i + 1}: ${length - 1}`;
    button.classList.toggle("on", i === branch);
    if (from && (i === branch || button.firstChild.width === UNPAINTED)) {
      Object.assign(button.firstChild, { width: from.width, height: from.height });
      button.firstChild.getContext("2d").drawImage(from, 0, 0);
    }
  });
  [...thumbs].forEach(([i, button]) => { if (i >= branches.length) { button.remove(); thumbs.delete(i); } });
}

function measure() {
  meter.frames++;
  const now = performance.now();
  if (meter.pressed !== null) {
    meter.delays = [...meter.delays.slice(-20), now - meter.pressed];
    document.body.dataset.delays = JSON.stringify(meter.delays);
    meter.pressed = null;
  }
  if (now - meter.since < READ_EVERY) return;
  const rate = (1000 * meter.frames) / (now - meter.since);
  const delays = [...meter.delays].sort((a, b) => a - b);
  const delay = delays.length ? `, ${delays[delays.length >> 1].toFixed(0)} ms from key to pixel` : "";
  $("#speedometer").textContent = `${rate.toFixed(0)} frames/s${delay}`;
  Object.assign(meter, { frames: 0, since: now });
}

function notice(text) {
  $("#notice").textContent = text;
  $("#notice").hidden = !text;
}

function download(bytes) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
  link.download = `${state.controls.name}.mp4`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// -- keys and buttons of the page

function keys(event) {
  if (event.target.matches("input[type=number], select") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (state.acting && state.acting.key(event)) return event.preventDefault();
  if (event.type === "keyup") return;
  const known = { " ": () => toggle(!state.running), Backspace: back, r: enter, b: () => say({ do: "branch" }) };
  const done = known[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!done) return;
  event.preventDefault();
  done();
}

function back() {
  toggle(false);
  if (state.scene && state.scene.at) say({ do: "rewind", to: state.scene.at - 1 });
}

for (const [id, format] of [["#temperature", (v) => v], ["#speed", (v) => v], ["#later input", (v) => (Number(v) ? v : "off")]]) {
  const input = $(id);
  input.addEventListener("input", () => { input.nextElementSibling.textContent = format(input.value); });
}
for (const id of ["#temperature", "#later input", "#masks input", "#score input"]) $(id).addEventListener("input", view);
$("#run").onclick = () => toggle(!state.running);
$("#step").onclick = () => { meter.pressed = performance.now(); step(); };
$("#time").oninput = () => { toggle(false); say({ do: "rewind", to: Number($("#time").value) }); };
$("#branch").onclick = () => say({ do: "branch" });
$("#save").onclick = () => say({ do: "save" });
$("#restart").onclick = enter;
$("#places").onchange = enter;
document.addEventListener("keydown", keys);
document.addEventListener("keyup", keys);
connect();
