// Controls for any action space: each has an element, a value as the server reads it, and may know keys.

const ARROWS = { left: "ArrowLeft", right: "ArrowRight", up: "ArrowUp", down: "ArrowDown", forward: "ArrowUp", fire: "Enter" };
const SIGNS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Enter: "⏎" };
const ROW = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "q", "w", "e", "t", "a", "s", "d", "f", "g", "z", "x", "c", "v"];

// A control calls `act()` when a choice is made that should be carried out at once.
export function control(space, act) {
  if (!space || (space.kind === "discrete" && space.n === 1)) return watching();
  if (space.kind === "discrete") return discrete(space, act);
  if (space.kind === "box") return box(space);
  if (space.kind === "choices") return choices(space);
  if (space.kind === "switches") return switches(space);
  return parts(space);
}

function watching() {
  const element = hint("This world is action-free: press play and watch.");
  return { element, idle: true, continuous: true, value: () => null, key: () => false };
}

// Buttons with keys; a held key or button is repeated. `idle` is whether there is an action for doing nothing.
export function buttons(names, act) {
  const element = document.createElement("div");
  const free = ROW.filter((key) => !names.some((name) => name.toLowerCase() === key));
  const keys = names.map((name) => ARROWS[name.toLowerCase()] || null);
  if (names.length === 2 && !keys.some(Boolean)) keys.splice(0, 2, "ArrowLeft", "ArrowRight");
  const compass = names.length === 4 && keys.every(Boolean);
  element.className = compass ? "keys compass" : names.length > 6 ? "keys many" : "keys";
  const made = { element, chosen: null, held: null };
  const show = () => [...element.children].forEach((button, i) => button.classList.toggle("on", made.held === i));
  const press = (i) => { made.chosen = made.held = i; show(); act(); };
  const release = () => { made.held = null; show(); };
  names.forEach((name, i) => {
    const key = keys[i] || free.shift();
    const button = document.createElement("button");
    const cap = document.createElement("kbd");
    cap.textContent = SIGNS[key] || key || "";
    button.append(cap, name);
    button.dataset.choice = i;
    if (compass) button.style.gridArea = key;
    button.addEventListener("pointerdown", () => press(i));
    for (const kind of ["pointerup", "pointerleave"]) button.addEventListener(kind, release);
    element.append(button);
    keys[i] = key;
  });
  made.key = (event) => {
    const i = keys.indexOf(event.key);
    if (i < 0) return false;
    if (event.type === "keyup") { if (made.held === i) release(); } else if (!event.repeat) press(i);
    return true;
  };
  return made;
}

function discrete(space, act) {
  const names = space.names || Array.from({ length: space.n }, (_, i) => `action ${space.start + i}`);
  const made = buttons(names.map((name) => String(name).toLowerCase()), act);
  const idle = names.findIndex((name) => /^no-?op$|^noop$|^stay$/i.test(name));
  made.idle = idle >= 0;
  made.value = () => space.start + (made.held ?? (idle >= 0 ? idle : made.chosen ?? 0));
  return made;
}

function box(space) {
  const element = document.createElement("div");
  const inputs = space.low.map((low, i) => {
    const high = space.high[i];
    return slider(element, `action ${i}`, low, high, (high - low) / 200, (low + high) / 2);
  });
  element.append(hint(inputs.length > 1
    ? "Move the sliders, or press on the imagined picture: across is the first, down the second."
    : "Move the slider, or press on the imagined picture: across is the action."));
  const shaped = () => nest(inputs.map((input) => Number(input.value)), space.shape);
  const point = (x, y) => inputs.slice(0, 2).forEach((input, i) => {
    const share = Math.min(1, Math.max(0, [x, y][i]));
    input.value = Number(input.min) + share * (Number(input.max) - Number(input.min));
    input.dispatchEvent(new Event("input"));
  });
  return { element, idle: true, continuous: true, value: shaped, point, key: () => false };
}

function choices(space) {
  const element = document.createElement("div");
  const selects = space.n.map((n, i) => {
    const select = document.createElement("select");
    for (let k = 0; k < n; k++) select.append(new Option(String(space.start[i] + k), String(space.start[i] + k)));
    labelled(element, `choice ${i}`, select);
    return select;
  });
  const value = () => nest(selects.map((select) => Number(select.value)), space.shape);
  return { element, idle: true, continuous: true, value, key: () => false };
}

function switches(space) {
  const element = document.createElement("div");
  const count = space.shape.reduce((a, b) => a * b, 1);
  const ticks = Array.from({ length: count }, (_, i) => {
    const tick = document.createElement("input");
    tick.type = "checkbox";
    labelled(element, `switch ${i}`, tick);
    return tick;
  });
  const value = () => nest(ticks.map((tick) => Number(tick.checked)), space.shape);
  return { element, idle: true, continuous: true, value, key: () => false };
}

// Dict and Tuple: discrete parts are chosen from lists here, since keys would not know which part they are for.
function parts(space) {
  const element = document.createElement("div");
  const inner = Object.entries(space.parts).map(([name, part]) => {
    const known = part.kind === "discrete" ? { ...part, kind: "choices", n: [part.n], start: [part.start], shape: [1] } : part;
    const made = control(known, () => {});
    element.append(hint(name), made.element);
    return [name, part.kind === "discrete" ? () => made.value()[0] : made.value];
  });
  const value = () => Object.fromEntries(inner.map(([name, read]) => [name, read()]));
  return { element, idle: true, continuous: true, value, key: () => false };
}

export function slider(place, name, low, high, step, start) {
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: low, max: high, step, value: start });
  const output = document.createElement("output");
  const show = () => { output.textContent = Number(input.value).toFixed(2); };
  input.addEventListener("input", show);
  show();
  labelled(place, name, input, output);
  return input;
}

export function hint(text) {
  const element = document.createElement("p");
  element.className = "hint";
  element.textContent = text;
  return element;
}

function labelled(place, name, ...inputs) {
  const label = document.createElement("label");
  label.append(name, ...inputs);
  place.append(label);
}

function nest(values, shape) {
  if (shape.length <= 1) return shape.length ? values : values[0];
  const size = values.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) => nest(values.slice(i * size, (i + 1) * size), shape.slice(1)));
}
