// What each column of the file is: the suggestion as choices over the preview, and the choices as a mapping again.

import { find, fill, make, options, show } from "../dom.js";

const ROLES = [["", "No usar"], ["time", "Fecha y hora"], ["clock", "Hora, sin la fecha"], ["point", "Punto"]];
const LONG = [["long.variable", "Nombre de la variable"], ["long.value", "Valor"], ["long.unit", "Unidad"]];

export class Columns {
  constructor({ variables, formats, zones }, points) {
    this.variables = variables;
    this.byCode = new Map(variables.map(({ code, name }) => [code, name]));
    this.formats = formats;
    options(find("zone"), zones.map(({ zone, name }) => [zone, name]));
    options(find("point"), [["", "— elija —"], ...points.map(({ code, name }) => [code, `${code} · ${name}`])]);
  }

  // `rows` as the preview gives them; `mapping` in the form of the API, possibly with parts left empty.
  draw(rows, mapping) {
    this.mapping = mapping;
    this.rows = rows;
    const headerRow = mapping.file.header_row;
    const header = rows.find(({ row }) => row === headerRow) || rows[0];
    this.titles = header.cells;
    this.body = rows.filter(({ row }) => row > header.row);
    this.headerRow = header.row;
    this.roles = [];
    this.units = [];
    this._fields(mapping);
    fill(find("preview"), this._head(mapping), make("tbody", {}, this.body.map((row) => this._row(row))));
    this._changed();
  }

  _fields({ time, number, point }) {
    const form = time.formats[0] || "";
    const known = this.formats.map((one) => [one.form, one.example]);
    if (form && !known.some(([value]) => value === form)) known.push([form, form]);
    options(find("format"), [["", "las usuales, día primero"], ...known], form);
    find("zone").value = time.zone;
    find("decimal").value = number.decimal;
    find("thousands").value = number.thousands;
    if (point.constant) find("point").value = point.constant;
  }

  _head(mapping) {
    const cells = this.titles.map((title, index) => {
      const role = this._select(title, index, roleOf(title, mapping));
      const unit = make("select", { "aria-label": `Unidad de ${title}` });
      this.roles.push(role);
      this.units.push(unit);
      const said = (mapping.values || []).find((value) => value.column === title);
      this._offerUnits(index, said ? said.unit : "");
      return make("th", { scope: "col" }, make("strong", {}, title || "(sin título)"), role, unit);
    });
    return make("thead", {}, make("tr", {}, make("th", { scope: "col", className: "count" }, "Fila"), cells));
  }

  _select(title, index, chosen) {
    const group = (label, items) => make("optgroup", { label }, items.map(([value, text]) => make("option", { value }, text)));
    const readings = this.variables.map(({ code, name, unit }) => [code, `${name} (${unit})`]);
    const select = make("select", { "aria-label": `Qué es ${title}`, disabled: !title },
      ROLES.map(([value, text]) => make("option", { value }, text)),
      group("Una columna por variable", readings), group("Una fila por lectura", LONG));
    select.value = chosen;
    select.addEventListener("change", () => { this._offerUnits(index, ""); this._changed(); });
    return select;
  }

  _offerUnits(index, chosen) {
    const variable = this.variables.find(({ code }) => code === this.roles[index].value);
    const units = variable ? variable.units : [];
    options(this.units[index], [["", variable ? `en ${variable.unit}` : ""], ...units.map((unit) => [unit, `en ${unit}`])], chosen);
    show(this.units[index], units.length > 1 || Boolean(chosen));
  }

  _row({ row, cells }) {
    return make("tr", {}, make("td", {}, String(row)), this.titles.map((_, index) => make("td", {}, cells[index] || "")));
  }

  _changed() {
    show(find("point-field"), !this._column("point"));
    find("preview").querySelectorAll("tr").forEach((row) => [...row.cells].slice(1).forEach((cell, index) => cell.classList.toggle("used", Boolean(this.roles[index].value))));
    this._drawNames();
  }

  // What the column of variables says, each name with the variable it stands for.
  _drawNames() {
    const column = this._index("long.variable");
    show(find("names"), column >= 0);
    if (column < 0) return;
    const known = new Map(((this.mapping.long || {}).names || []).map((one) => [one.name, one]));
    const seen = [...new Set([...known.keys(), ...this.body.map(({ cells }) => cells[column] || "").filter(Boolean)])];
    this.names = seen.map((name) => {
      const select = make("select", {});
      options(select, [["", "No usar"], ...this.variables.map(({ code, name: said }) => [code, said])], (known.get(name) || {}).variable || "");
      return { name, select, unit: (known.get(name) || {}).unit || "" };
    });
    fill(find("names-list"), this.names.map(({ name, select }) => make("label", {}, name, select)));
  }

  _index(role) { return this.roles.findIndex((select) => select.value === role); }

  _column(role) {
    const index = this._index(role);
    return index < 0 ? "" : this.titles[index];
  }

  // In the form of the API. Throws an Error in Spanish where something is not said yet.
  read() {
    const twice = this.roles.map((select) => select.value).filter((role, index, all) => role && all.indexOf(role) !== index);
    if (twice.length) throw new Error(`Dos columnas dicen ser lo mismo: ${this._nameOf(twice[0])}.`);
    if (!this._column("time")) throw new Error("Elija qué columna tiene la fecha.");
    const point = this._column("point");
    if (!point && !find("point").value) throw new Error("Elija el punto, o la columna que lo dice.");
    const format = find("format").value;
    return {
      time: { column: this._column("time"), clock: this._column("clock"), formats: format ? [format] : [], zone: find("zone").value },
      point: { column: point, constant: point ? "" : find("point").value },
      ...this._readings(),
      number: { decimal: find("decimal").value, thousands: find("thousands").value },
      file: { ...this.mapping.file, header_row: this.headerRow },
    };
  }

  _readings() {
    if (this._index("long.variable") >= 0 || this._index("long.value") >= 0) return { long: this._long() };
    const isVariable = (role) => this.variables.some(({ code }) => code === role);
    const values = this.roles.map((select, index) => ({ column: this.titles[index], variable: select.value, unit: this.units[index].value }))
      .filter(({ variable }) => isVariable(variable));
    if (!values.length) throw new Error("Elija al menos una columna con lecturas.");
    return { values };
  }

  _long() {
    const [variable, value] = [this._column("long.variable"), this._column("long.value")];
    if (!variable || !value) throw new Error("Una fila por lectura pide la columna de la variable y la del valor.");
    const names = this.names.map(({ name, select, unit }) => ({ name, variable: select.value, unit: select.value ? unit : "" }));
    if (!names.some(({ variable: code }) => code)) throw new Error("Diga al menos de una variable del archivo qué es.");
    return { variable, value, unit: this._column("long.unit"), names };
  }

  _nameOf(role) {
    const found = [...ROLES, ...LONG].find(([value]) => value === role);
    return found ? found[1] : this.variables.find(({ code }) => code === role).name;
  }
}

function roleOf(title, mapping) {
  if (!title) return "";
  const { time, point, long } = mapping;
  const roles = { [point.column]: "point", [time.clock]: "clock", [time.column]: "time" };
  if (long) Object.assign(roles, { [long.unit]: "long.unit", [long.value]: "long.value", [long.variable]: "long.variable" });
  for (const { column, variable } of mapping.values || []) roles[column] = variable;
  return roles[title] || "";
}
