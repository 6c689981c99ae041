// Small means to build a page. Text is always text: nothing that came from a file is ever read as HTML.

export const find = (id) => document.getElementById(id);

export function make(tag, said = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(said)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...inside.flat().filter((part) => part !== null && part !== undefined && part !== ""));
  return made;
}

export function fill(element, ...inside) {
  element.replaceChildren(...inside.flat().filter((part) => part !== null && part !== undefined));
}

export const show = (element, visible = true) => { if (element) element.hidden = !visible; };

export function options(select, items, chosen) {
  fill(select, items.map(([value, text]) => make("option", { value, selected: value === chosen }, text)));
}

export function say(text, { bad = false, errors = [] } = {}) {
  const status = find("status");
  status.classList.toggle("bad", bad);
  const lines = errors.map((one) => make("li", {}, `${one.field}: ${one.problem}${one.expected ? ` ⇒ ${one.expected}` : ""}`));
  fill(status, text, lines.length ? make("ul", {}, lines) : null);
  show(status, Boolean(text));
  if (bad) status.scrollIntoView({ block: "nearest" });
}

export async function tried(act) {
  try {
    return await act();
  } catch (error) {
    say(error.message, { bad: true, errors: error.errors });
    return null;
  }
}

// One at a time: a second click on the way would ask twice.
export async function busy(button, act) {
  if (button) button.disabled = true;
  await tried(act);
  if (button) button.disabled = false;
}

const numbers = new Intl.NumberFormat("es-CL", { maximumFractionDigits: 6 });
const spoken = { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const moments = new Intl.DateTimeFormat("es-CL", { ...spoken, timeZone: "America/Santiago" });
const slots = new Intl.DateTimeFormat("es-CL", { ...spoken, timeZone: "Etc/GMT+4" });

// Of a decimal as text: shown as Chile writes it.
export const number = (text) => (text === null || text === undefined ? "—" : numbers.format(Number(text)));
export const moment = (iso) => (iso ? moments.format(new Date(iso)) : "—");
// The hour of a duty, as the regulators count it: UTC-4 all year.
export const slot = (iso) => slots.format(new Date(iso));
