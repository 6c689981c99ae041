// What a check found, for whoever decides.

import { make, moment, number } from "../dom.js";

export const VERDICTS = {
  stored: "guardadas",
  duplicate: "ya conocidas",
  conflict: "en conflicto",
  late: "tardías",
  rejected: "rechazadas",
};

// `names`: the name of each variable by its code.
export function drawReport(said, names) {
  if (said.state === "refused" || said.state === "failed") return [problem(said.problem)];
  const report = said.report;
  return [
    make("ul", { className: "counts" }, count("rows", report.rows, "filas"), Object.entries(VERDICTS)
      .filter(([verdict]) => report.counts[verdict])
      .map(([verdict, text]) => count(verdict, report.counts[verdict], WOULD[verdict] || text))),
    report.warnings.length ? make("ul", { className: "doubts" }, report.warnings.map((text) => make("li", {}, text))) : null,
    series(report, names),
    problems(report),
  ];
}

const WOULD = { stored: "se guardarían" };
const count = (name, value, text) => make("li", { className: name }, make("strong", {}, number(value)), text);

function problem({ detail, errors }) {
  const lines = errors.map((one) => make("li", {}, `${one.field}: ${one.problem}${one.expected ? ` ⇒ ${one.expected}` : ""}`));
  return make("div", { className: "status bad" }, detail, make("ul", {}, lines));
}

function series(report, names) {
  if (!report.series.length) return null;
  const hears = report.series.some((one) => one.effect);
  const head = ["Punto", "Variable", "Lecturas", ...(hears ? ["Qué cambia"] : []), "Desde", "Hasta", "Mínimo y máximo", "Huecos"];
  const rows = report.series.map((one) => [
    one.code, names.get(one.variable) || one.variable, number(Object.values(one.counts).reduce((a, b) => a + b, 0)),
    ...(hears ? [effect(one.effect)] : []), moment(one.first), moment(one.last), `${number(one.lowest)} a ${number(one.highest)}`, gaps(one),
  ]);
  const more = report.series_found - report.series.length;
  return make("div", {}, make("h3", {}, "Por punto y variable"), table("Por punto y variable", head, rows, "close"), more > 0 ? make("p", {}, `… y ${more} más.`) : null);
}

function gaps(one) {
  if (!one.gaps) return "ninguno";
  const [first] = one.first_gaps;
  return [String(one.gaps), make("span", { className: "said" }, `el primero desde ${moment(first.from)}`)];
}

function effect(said) {
  if (!said) return "solo agrega";
  const { before, after } = said;
  const line = (name, heard) => make("span", { className: "said" }, `${name}: ${number(heard.count)} lecturas, suma ${number(heard.sum)}, de ${number(heard.lowest)} a ${number(heard.highest)}`);
  return [`callan ${number(said.silenced)}`, line("antes", before), line("después", after)];
}

function problems(report) {
  if (!report.problems.length) return null;
  const head = ["Fila", "Columna", "Qué pasa", "Vino", "Sería correcto"];
  const rows = report.problems.map((one) => [String(one.row), one.column, one.problem, one.received, one.expected]);
  const title = report.problems_found > report.problems.length ? `Primeros ${report.problems.length} de ${number(report.problems_found)} problemas` : "Problemas";
  return make("div", {}, make("h3", {}, title), table(title, head, rows, "tall"));
}

function table(label, head, rows, className = "") {
  return make("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": label }, make("table", { className },
    make("thead", {}, make("tr", {}, head.map((text) => make("th", { scope: "col" }, text)))),
    make("tbody", {}, rows.map((cells) => make("tr", {}, cells.map((cell) => make("td", {}, cell)))))));
}
