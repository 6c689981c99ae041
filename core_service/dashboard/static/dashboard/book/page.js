// The book: what was due, how it ended, and the signed certificate of it. Everything is asked of Compliance.

import { asked, saveFrom } from "../ask.js";
import { fill, find, make, moment, number, say, show, tried } from "../dom.js";

const BOOK = "/api/compliance/book/";
const PARTS = ["due", "receipts", "explained", "open", "overdue"];

const period = () => Object.fromEntries(["from", "to"].map((name) => [name, find(name).value]).filter(([, value]) => value));
const query = (more = {}) => new URLSearchParams({ ...period(), ...more }).toString();

const cells = (row) => PARTS.map((name) => make("td", { className: `count ${row[name] ? name : ""}` }, number(row[name])));

async function load() {
  const rows = [];
  let cursor = "";
  do {
    const said = await asked(`${BOOK}?${query(cursor ? { cursor } : {})}`);
    rows.push(...said.results);
    cursor = said.next;
  } while (cursor);
  fill(find("works"), rows.map(line));
  fill(find("says"), total(rows));
  show(find("none"), rows.length === 0);
  say(rows.every((row) => row.closes) ? "" : "Hay obras cuyas sumas no cierran: avise al administrador.", { bad: true });
}

function total(rows) {
  const sum = (name) => rows.reduce((whole, row) => whole + row[name], 0);
  const parts = `${number(sum("receipts"))} comprobantes + ${number(sum("explained"))} explicadas + ${number(sum("overdue"))} vencidas + ${number(sum("open"))} abiertas`;
  return `${number(sum("due"))} debidas = ${parts}`;
}

function line(row) {
  const button = (text, act) => make("button", { type: "button", className: "button plain small", "aria-label": `${text}: ${row.work_code}`, onclick: () => tried(act) }, text);
  return make("tr", {},
    make("th", { scope: "row" }, row.work_code, make("span", { className: "said" }, `${row.source} · ${row.standard}`)),
    cells(row),
    make("td", { className: "actions" },
      button("Detalle", () => detail(row)),
      button("Certificado", () => certificate(row, "json")),
      button("PDF", () => certificate(row, "pdf"))));
}

async function certificate(row, format) {
  const { from, to } = period();
  if (!from || !to) {
    say("Elija el período que se certifica: desde y hasta.", { bad: true });
    find("from").focus();
    return;
  }
  await saveFrom(`${BOOK}${row.config}/certificate/?${query({ format })}`, `certificado-${row.work_code}-${from}-${to}.${format}`);
}

async function detail(row) {
  const [said, explained] = await Promise.all([
    asked(`${BOOK}${row.config}/?${query()}`),
    asked(`${BOOK}${row.config}/explained/?${query({ limit: 200 })}`),
  ]);
  fill(find("detail-title"), `${row.work_code}: ${said.says}`);
  fill(find("months"), said.months.map((month) => make("tr", {}, make("th", { scope: "row" }, month.month.slice(0, 7)), cells(month))));
  fill(find("explained"), explained.results.map((one) => make("tr", {},
    make("td", {}, moment(one.slot_at)), make("td", {}, one.cause), make("td", {}, one.note),
    make("td", {}, one.evidence.given?.map((given) => `${given.kind}: ${given.reference}`).join("; ") || "—"),
    make("td", {}, one.by.replace(/^\w+:/, "")))));
  show(find("more-explained"), Boolean(explained.next));
  show(find("detail"));
  find("detail-title").focus();
}

find("period").addEventListener("submit", (event) => {
  event.preventDefault();
  tried(load);
});
tried(load);
