// The hours that wait, and those of them that are chosen.

import * as api from "./api.js";
import { fill, find, make, number, options, show, slot, tried } from "../dom.js";
import * as words from "./words.js";

export class Queue {
  // `look`: what shows one of them; `changed`: told which are chosen.
  constructor({ look, changed }) {
    Object.assign(this, { look, changed, rows: [], next: null, chosen: new Set(), open: null });
    find("more").addEventListener("click", () => tried(() => this._more()));
    for (const name of ["work", "reason"]) find(name).addEventListener("change", () => tried(() => this.load()));
    find("all")?.addEventListener("change", () => this._choose(find("all").checked ? this.rows : []));
  }

  works(configs) {
    options(find("work"), [["", "todas"], ...configs.map((one) => [one.point, `${one.work_code} · ${one.source}`])]);
  }

  async load() {
    const said = await api.queue(this._asked());
    this.rows = said.results;
    this._show(said.next);
    this._choose([]);
  }

  async _more() {
    const said = await api.queue({ ...this._asked(), cursor: this.next });
    this.rows.push(...said.results);
    this._show(said.next);
  }

  _asked() {
    return { point: find("work").value, reason: find("reason").value };
  }

  _show(next) {
    this.next = next;
    fill(find("queue"), this.rows.map((row) => this._row(row)));
    show(find("none"), this.rows.length === 0);
    show(find("more"), Boolean(next));
    this._reasons();
  }

  _reasons() {
    const chosen = find("reason").value;
    const codes = [...new Set([...this.rows.map((row) => row.reason), ...(chosen ? [chosen] : [])])].sort();
    options(find("reason"), [["", "todos"], ...codes.map((code) => [code, words.reason(code)])], chosen);
  }

  _row(row) {
    const late = row.is_overdue;
    const name = `${row.work_code}, ${slot(row.slot_at)}`;
    return make("tr", { className: row.submission === this.open ? "open" : "" },
      find("all") ? make("td", {}, this._box(row, name)) : null,
      make("th", { scope: "row" }, row.work_code, make("span", { className: "said" }, slot(row.slot_at))),
      make("td", {}, words.reason(row.reason), make("span", { className: "said" }, words.kind(row.kind), row.last_message ? ` · «${row.last_message}»` : "")),
      make("td", {}, list(words.measured(row.evidence).map(([code, one]) => make("li", { className: one.quality === 1 ? "" : "doubtful" }, `${words.variable(code)}: ${number(one.value)}`)))),
      make("td", {}, row.would_send ? list(words.said(row.would_send).map(([what, value]) => make("li", {}, `${what} ${value}`))) : "nada"),
      make("td", { className: late ? "late" : "" }, slot(row.deadline_at), late ? make("span", { className: "said" }, "vencido") : null),
      make("td", { className: "actions" }, make("button", { type: "button", className: "button plain small", "aria-label": `Ver: ${name}`, onclick: () => tried(() => this._look(row)) }, "Ver")));
  }

  _box(row, name) {
    const box = make("input", { type: "checkbox", value: row.submission, checked: this.chosen.has(row.submission), onchange: () => {
      if (box.checked) this.chosen.add(row.submission);
      else this.chosen.delete(row.submission);
      this._tell();
    } });
    return make("label", { className: "check" }, box, make("span", { className: "hidden" }, `Elegir ${name}`));
  }

  async _look(row) {
    this.open = row.submission;
    this._show(this.next);
    await this.look(row);
  }

  _choose(rows) {
    this.chosen = new Set(rows.map((row) => row.submission));
    for (const box of find("queue").querySelectorAll("input")) box.checked = this.chosen.has(box.value);
    this._tell();
  }

  none() { this._choose([]); }

  _tell() {
    const rows = this.rows.filter((row) => this.chosen.has(row.submission));
    if (find("all")) find("all").checked = rows.length > 0 && rows.length === this.rows.length;
    this.changed(rows);
  }
}

const list = (items) => (items.length ? make("ul", {}, items) : "—");
