// One held hour with all that a person needs to decide about it.

import * as api from "./api.js";
import { fill, find, make, moment, number, show, slot } from "../dom.js";
import * as words from "./words.js";

// `wanted`: whether it still is, once everything of it is there. Says whether it was shown.
export async function detail(row, wanted) {
  const [around, attempts, before] = await Promise.all([api.around(row.submission), api.attempts(row.submission), api.before(row.submission)]);
  if (!wanted()) return false;
  fill(find("detail-title"), `${row.work_code} · ${slot(row.slot_at)} (UTC-4)`);
  fill(find("detail-why"), `Retenida por: ${words.reason(row.reason)} (`, make("code", {}, row.reason), `); ${words.kind(row.kind)}. Plazo: ${slot(row.deadline_at)} (UTC-4).`);
  fill(find("numbers"), words.measured(row.evidence).map(numberRow));
  fill(find("around"), neighbours(row, around));
  fill(find("answers"), attempts.length ? attempts.map(answer) : make("p", {}, "Ninguna: no se ha enviado."));
  fill(find("before"), before.length ? before.map((one) => make("li", {}, decided(one))) : make("li", {}, "Ninguna."));
  show(find("detail"));
  find("detail-title").focus();
  return true;
}

function numberRow([code, one]) {
  const doubtful = one.quality === 1 ? "" : "doubtful";
  return make("tr", {},
    make("th", { scope: "row" }, words.variable(code)),
    make("td", { className: doubtful }, number(one.value)),
    make("td", { className: doubtful }, words.quality(one.quality)),
    make("td", {}, (one.reasons || []).map(words.reason).join("; ") || "—"),
    make("td", {}, one.config_version === null || one.config_version === undefined ? "—" : `versión ${one.config_version}`, make("span", { className: "said" }, `conocido desde ${moment(one.known_since)}`)));
}

// What was sent stands beside what was measured: a neighbour that a person corrected shows both.
function neighbours(row, around) {
  const names = [...new Set(around.flatMap((one) => Object.keys(one.numbers)))];
  const head = make("thead", {}, make("tr", {}, ["Hora (UTC-4)", ...names.map(words.variable), "Documento", "Estado"].map((text) => make("th", { scope: "col" }, text))));
  const lines = around.map((one) => make("tr", { className: one.slot_at === row.slot_at ? "this" : "" },
    make("th", { scope: "row" }, slot(one.slot_at)),
    names.map((name) => make("td", {}, number(one.numbers[name]))),
    make("td", {}, words.said(one.document).map(([what, value]) => `${what} ${value}`).join(", ") || "—"),
    make("td", {}, words.state(one.state), one.reason ? `: ${words.reason(one.reason)}` : "")));
  return [head, make("tbody", {}, lines)];
}

function answer(one) {
  const status = one.response_status ? `HTTP ${one.response_status}` : "sin respuesta";
  return make("div", { className: "answer" },
    make("p", {}, `Intento ${one.number}, ${moment(one.started_at)} (Chile): ${status}${one.message ? ` · ${one.message}` : ""}`),
    one.response_body ? make("pre", {}, one.response_body) : null,
    make("details", {}, make("summary", {}, "Lo que se envió"), make("pre", {}, one.request_body)));
}

export function decided(one) {
  const cause = one.cause ? ` (${words.cause(one.cause)})` : "";
  return `${words.ACTIONS[one.action]}${cause} por ${who(one.by)} el ${moment(one.at)}: ${one.note || "sin nota"}`;
}

export const who = (text) => text.replace(/^\w+:/, "");
