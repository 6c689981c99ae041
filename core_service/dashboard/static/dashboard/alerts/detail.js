// One alert: its evidence as it was and as it is, and each move.

import { bare } from "./list.js";
import { fill, find, make, moment, number, show } from "../dom.js";

const WORDS = {
  source: "fuente", variable: "variable", variables: "variables", condition: "conexión", newest_at: "última lectura", period_s: "se espera una cada (s)", clock: "reloj", last_outcome: "última consulta",
  day: "día", zone: "huso del día", received: "llegaron",  share: "parte que llegó", least: "parte que se exige",
  interval: "se juzga por", rules: "reglas", schema: "esquema", name: "nombre", version: "versión", time: "hora", value: "valor", limit: "límite", margin: "margen", quality: "calidad",
  seen: "se observa", expected: "esperado", first: "primera vez", last: "última vez", window: "ventana", from: "desde", to: "hasta", config_version: "versión de la configuración", confirmed: "confirmada por una persona",
  meter: "medidor", installed_at: "instalado", opening_reading: "lectura inicial", previous_reading: "última del anterior", state: "estado", behind_s: "atraso (s)",
};
const PLACES = Object.keys(WORDS);
// JSON came back in an order of its own; people read it in ours.
const ordered = (said) => Object.entries(said).sort(([one], [other]) => PLACES.indexOf(one) - PLACES.indexOf(other));
const INSTANT = /^\d{4}-\d{2}-\d{2}T/;

export function drawDetail(alert, name) {
  fill(find("detail-title"), `${name}: ${alert.kind_label}${alert.variable ? ` · ${alert.variable}` : ""}`);
  fill(find("detail-says"), alert.says);
  fill(find("evidence"), pairs(alert.evidence), alert.seen && alert.state !== "closed" ? now(alert) : null);
  fill(find("moves"), alert.moves.map(line));
  show(find("remedy"), Boolean(alert.remedy) && alert.state !== "closed" && document.body.dataset.mayWrite === "yes");
  show(find("detail"));
  find("detail-title").focus();
}

const now = ({ seen }) => [make("dt", {}, "en la última mirada"), make("dd", {}, `${seen.says} (${moment(seen.at)})`)];

function pairs(evidence) {
  return ordered(evidence).flatMap(([name, value]) => [make("dt", {}, WORDS[name] || name), make("dd", {}, text(value))]);
}

function text(value) {
  if (value === null || value === "") return "—";
  if (value === true || value === false) return value ? "sí" : "no";
  if (typeof value === "number") return number(value);
  if (Array.isArray(value)) return value.map(text).join(" | ");
  if (typeof value === "object") return ordered(value).map(([name, inner]) => `${WORDS[name] || name}: ${text(inner)}`).join(", ");
  return INSTANT.test(value) ? moment(value) : value;
}

function line({ after, cause_label: cause, note, by, at, mailed_at: mailed }) {
  const words = { open: "Se abrió", acknowledged: "Quedó en revisión", closed: "Se cerró" };
  const more = [by && bare(by), cause, mailed && `correo enviado ${moment(mailed)}`].filter(Boolean).join(" · ");
  return make("li", {}, `${words[after]} el ${moment(at)}: ${more}.`, note ? make("span", { className: "said" }, note) : null);
}
