// Alerts: found by filters, looked into, taken, closed, and findings confirmed.

import * as api from "./api.js";
import { busy, fill, find, options, say, tried } from "../dom.js";
import { drawDetail } from "./detail.js";
import { List } from "./list.js";
import { agreed, confirm } from "./remedy.js";

const ALIVE = ["open", "acknowledged"];
const mayWrite = document.body.dataset.mayWrite === "yes";
let names = {};
let list = null;
let shown = null;

async function begin() {
  const [kinds, points] = await Promise.all([api.kinds(), api.points()]);
  names = Object.fromEntries(points.map((point) => [point.id, point]));
  options(find("kind"), [["", "todo"], ...kinds.map(({ kind, label }) => [kind, label])]);
  options(find("point"), [["", "todos"], ...points.map(({ id, code, name }) => [id, `${code} · ${name}`])]);
  list = new List(names, {
    Detalle: { states: [...ALIVE, "closed"], act: detail },
    ...(mayWrite ? { "Me hago cargo": { states: ["open"], act: take }, Cerrar: { states: ALIVE, act: end } } : {}),
  });
  await list.load();
}

async function detail({ id }) {
  shown = await api.one(id);
  drawDetail(shown, nameOf(shown));
}

const nameOf = ({ point }) => (names[point] ? names[point].code : point.slice(0, 8));

const take = (alert) => move(alert, "acknowledge", "Hacerse cargo", "Queda en revisión a su nombre. Se cierra por sí sola cuando deja de observarse.", false);
const end = (alert) => move(alert, "close", "Cerrar", "Mientras la causa siga, no se abre otra. Diga por qué se cierra.", true);

async function move(alert, what, title, text, needed) {
  fill(find("note-title"), `${title}: ${nameOf(alert)}, ${alert.kind_label}`);
  fill(find("note-text"), text);
  Object.assign(find("note"), { value: "", required: needed });
  if (!(await agreed("note-dialog"))) return;
  try {
    const moved = await api.act(alert.id, what, find("note").value.trim());
    say(`${nameOf(moved)}, ${moved.kind_label}: ${moved.state_label}.`);
  } finally {
    await list.load(); // somebody else may have been first: then it is shown as it is
  }
}

find("try-remedy").addEventListener("click", (event) => busy(event.target, async () => {
  if (!(await confirm(shown))) return;
  if (shown.state === "open") await api.act(shown.id, "acknowledge", "falla confirmada");
  await list.load();
  await detail(shown);
}));

tried(begin);
