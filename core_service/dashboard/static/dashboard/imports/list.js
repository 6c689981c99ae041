// The imports there were, and what may be done with each.

import * as api from "./api.js";
import { find, fill, make, moment, number, say, show, tried } from "../dom.js";
import { VERDICTS } from "./report.js";

const MODES = { insert: "insertar", append: "agregar", backfill: "completar", replace: "reemplazar" };
const HAS_RESULT = ["running", "failed", "done", "undone"];
const BEFORE_RUN = ["uploaded", "checked", "refused"];
const MOVES = {
  done: { what: "undo", name: "Deshacer", text: "Sus lecturas dejan de valer, y vale de nuevo lo que callaron. Nada se borra." },
  undone: { what: "redo", name: "Rehacer", text: "Sus lecturas valen de nuevo, como antes de deshacerlas." },
};

export class List {
  constructor(mayWrite, resume) {
    this.mayWrite = mayWrite;
    this.resume = resume;
    this.items = [];
    this.next = null;
    find("more").addEventListener("click", () => this.more());
  }

  async load() {
    const said = await api.page("");
    this._take(said, []);
  }

  async more() {
    this._take(await api.page(this.next), this.items);
  }

  _take({ results, next }, before) {
    this.items = [...before, ...results];
    this.next = next;
    fill(find("list-body"), this.items.map((item) => this._row(item)));
    show(find("none"), !this.items.length);
    show(find("more"), Boolean(next));
  }

  _row(item) {
    const name = item.kind === "manual" ? "Lecturas a mano" : item.file.name;
    const mode = MODES[item.mode] || "";
    return make("tr", {},
      make("td", {}, moment(item.created_at)),
      make("td", {}, make("strong", {}, name), make("span", { className: "said" }, [mode, item.note].filter(Boolean).join(" · "))),
      make("td", { className: `state-${item.state}` }, item.state_label, item.state === "running" ? ` ${share(item)}` : ""),
      make("td", {}, Object.entries(item.counts).map(([verdict, count]) => make("span", { className: "said" }, `${number(count)} ${VERDICTS[verdict]}`))),
      make("td", {}, item.created_by.replace(/^\w+:/, "")),
      make("td", { className: "actions" }, this._actions(item, name)));
  }

  _actions(item, name) {
    const button = (text, act) => make("button", { type: "button", className: "button plain small", onclick: act, "aria-label": `${text}: ${name}` }, text);
    const found = [];
    if (HAS_RESULT.includes(item.state) && item.kind === "file") found.push(button("Resultado", () => tried(() => api.save(item.id, "result", `resultado-${name}.csv`))));
    if (BEFORE_RUN.includes(item.state) && this.mayWrite) found.push(button("Seguir", () => tried(() => this.resume(item))));
    const move = MOVES[item.state];
    if (move && this.mayWrite) found.push(button(move.name, () => this._turn(item, move, name)));
    return found;
  }

  async _turn(item, { what, name, text }, file) {
    const note = await why(`${name}: ${file}`, text);
    if (note === null) return;
    await tried(async () => {
      await api.act(item.id, what, note);
      say(what === "undo" ? "Deshecha: las mediciones se rehacen en un momento." : "Rehecha: las mediciones se rehacen en un momento.");
      await this.load();
    });
  }
}

const share = ({ rows_done: done, rows_total: total }) => (total ? `${Math.floor((100 * done) / total)} %` : "");

// The reason, or null where the person thought better of it.
function why(title, text) {
  const dialog = find("why");
  fill(find("why-title"), title);
  fill(find("why-text"), text);
  find("why-note").value = "";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? find("why-note").value : null), { once: true });
  });
}
