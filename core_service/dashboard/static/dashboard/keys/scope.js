// What a key is for: whole points, or single sources of them.

import { fill, find, make, show } from "../dom.js";

export class Scope {
  constructor(points, sources) {
    this.points = points;
    this.sources = sources;
    this.names = { ...Object.fromEntries(points.map(({ id, code }) => [id, code])), ...Object.fromEntries(sources.map(({ id, text }) => [id, text])) };
    fill(find("scope-list"), points.map((point) => this._point(point)));
    find("scope-filter").addEventListener("input", () => this._narrow());
    find("scope-list").addEventListener("change", () => this._count());
    this._count();
  }

  _point({ id, code, name }) {
    const own = this.sources.filter(({ point }) => point === id);
    const whole = make("input", { type: "checkbox", name: "point", value: id, onchange: () => parts.forEach((one) => { one.disabled = whole.checked; }) });
    const parts = own.map((source) => make("input", { type: "checkbox", name: "source", value: source.id }));
    const item = make("li", {},
      make("label", { className: "check" }, whole, make("span", {}, make("strong", {}, code), ` ${name}`, make("span", { className: "said" }, "todas sus fuentes, también las que se agreguen"))),
      own.length ? make("details", {}, make("summary", {}, `Solo algunas de sus fuentes (${own.length})`), own.map((source, at) => make("label", { className: "check" }, parts[at], make("span", {}, source.text)))) : null);
    item.dataset.text = `${code} ${name}`.toLowerCase();
    return item;
  }

  _narrow() {
    const wanted = find("scope-filter").value.trim().toLowerCase();
    for (const item of find("scope-list").children) show(item, item.dataset.text.includes(wanted) || Boolean(item.querySelector(":checked")));
  }

  _count() {
    const { points, sources } = this.read();
    const said = [points.length && `${points.length} ${points.length === 1 ? "punto" : "puntos"}`, sources.length && `${sources.length} ${sources.length === 1 ? "fuente" : "fuentes"}`];
    fill(find("scope-count"), said.filter(Boolean).join(" y ") || "Nada elegido todavía.");
  }

  read() {
    const checked = (name) => [...find("scope-list").querySelectorAll(`[name=${name}]:checked:enabled`)].map(({ value }) => value);
    return { points: checked("point"), sources: checked("source") };
  }

  clear() {
    for (const box of find("scope-list").querySelectorAll("input")) Object.assign(box, { checked: false, disabled: false });
    find("scope-filter").value = "";
    this._narrow();
    this._count();
  }

  // Of a key in the list; what is not known by a name here is at least counted.
  describe({ points, sources }) {
    const lines = [...points.map((id) => `${this.names[id] || id.slice(0, 8)}: todas sus fuentes`), ...sources.map((id) => this.names[id] || `fuente ${id.slice(0, 8)}`)];
    return lines.length > 4 ? [...lines.slice(0, 3), `y ${lines.length - 3} más`] : lines;
  }
}
