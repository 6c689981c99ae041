// The alerts that the filters let through, and what may be done with each.

import * as api from "./api.js";
import { fill, find, make, moment, number, show, tried } from "../dom.js";

const FILTERS = ["state", "severity", "kind", "point"];
const SEVERITIES = { critical: "críticas", warning: "advertencias", info: "avisos" };
export const bare = (who) => who.replace(/^\w+:/, "");

export class List {
  // `acts`: what to do with an alert, by the button's text.
  constructor(names, acts) {
    this.names = names;
    this.acts = acts;
    this.items = [];
    this.next = null;
    find("more").addEventListener("click", () => tried(async () => this._take(await api.page(this.wanted(), this.next), this.items)));
    find("filters").addEventListener("change", () => tried(() => this.load()));
    find("filters").addEventListener("submit", (event) => event.preventDefault());
  }

  wanted() {
    const { point, ...others } = Object.fromEntries(FILTERS.map((name) => [name, find(name).value]));
    return { ...others, points: point };
  }

  async load() {
    const [said, counts] = await Promise.all([api.page(this.wanted(), ""), api.summary()]);
    const cards = Object.entries(SEVERITIES).map(([severity, text]) => make("li", { className: counts.severity[severity] ? severity : "" }, make("strong", {}, number(counts.severity[severity] || 0)), text));
    fill(find("counts"), cards);
    this._take(said, []);
  }

  _take({ results, next }, before) {
    this.items = [...before, ...results];
    this.next = next;
    fill(find("list-body"), this.items.map((alert) => this._row(alert)));
    show(find("none"), !this.items.length);
    show(find("more"), Boolean(next));
  }

  _row(alert) {
    const said = (text) => make("span", { className: "said" }, text);
    const { code, name } = this.names[alert.point] || { code: alert.point.slice(0, 8), name: "" };
    return make("tr", {},
      make("td", {}, make("strong", {}, code), said(name)),
      make("td", {}, make("span", { className: `mark ${alert.severity}` }, alert.severity_label), make("strong", {}, alert.kind_label),
        alert.variable ? ` · ${alert.variable}` : "", said(alert.seen ? alert.seen.says : alert.says)),
      make("td", {}, moment(alert.since)),
      make("td", { className: `state-${alert.state}` }, alert.state_label, said(this._who(alert))),
      make("td", { className: "actions" }, this._actions(alert, code)));
  }

  _who({ state, acknowledged_by: taker, acknowledged_at: taken, closed_by: closer, closed_at: closed }) {
    if (state === "closed") return [closer ? bare(closer) : "dejó de observarse", moment(closed)].join(" · ");
    return taken ? `${bare(taker)} · ${moment(taken)}` : "";
  }

  _actions(alert, code) {
    return Object.entries(this.acts).filter(([, { states }]) => states.includes(alert.state)).map(([text, { act }]) => make("button", {
      type: "button", className: "button plain small", "aria-label": `${text}: ${code}, ${alert.kind_label} ${alert.variable}`.trim(), onclick: () => tried(() => act(alert)),
    }, text));
  }
}
