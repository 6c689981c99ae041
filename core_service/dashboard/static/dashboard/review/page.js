// The page of held hours: what waits, one of them whole, what is decided, and who decided what.

import * as api from "./api.js";
import { Bulk } from "./bulk.js";
import { Decide } from "./decide.js";
import { detail, who } from "./detail.js";
import { proved, sure } from "./dialogs.js";
import { busy, fill, find, make, moment, number, say, show, slot, tried } from "../dom.js";
import { Queue } from "./queue.js";
import * as words from "./words.js";

const mayWrite = document.body.dataset.mayWrite === "yes";
const done = { rows: [], next: null };
let decide = null;
let bulk = null;
const queue = new Queue({
  look: async (row) => {
    // Two quick clicks: what is shown is what was clicked last, whichever answer comes first.
    if (await detail(row, () => queue.open === row.submission)) decide?.show(row);
  },
  changed: (rows) => bulk?.show(rows),
});

function leave() {
  show(find("detail"), false);
  queue.open = null;
}

const carryOut = (asked, button) => busy(button, async () => {
  const { body, ...said } = asked;
  if (!(await sure({ ...said, count: body.items.length }))) return;
  const verdicts = await proved(() => api.decide(body));
  if (verdicts === null) return;
  const names = Object.fromEntries(queue.rows.map((row) => [row.submission, `${row.work_code}, ${slot(row.slot_at)}`]));
  leave();
  await Promise.all([queue.load(), load(null)]);
  tell(body.action, verdicts, names);
});

// Every hour that was not decided is named with why not; the others are counted.
function tell(action, verdicts, names) {
  const good = { accept: "accepted", correct: "corrected", discard: "discarded" }[action];
  const refused = verdicts.filter((one) => one.verdict !== good);
  const count = verdicts.length - refused.length;
  const errors = refused.map((one) => ({ field: names[one.submission] || one.submission, problem: words.verdict(one.verdict) }));
  say(`${number(count)} ${count === 1 ? "hora" : "horas"} con su decisión${refused.length ? `; ${number(refused.length)} no:` : "."}`, { bad: refused.length > 0, errors });
}

async function load(cursor) {
  const said = await api.decisions(cursor);
  done.rows = cursor ? [...done.rows, ...said.results] : said.results;
  done.next = said.next;
  fill(find("done"), done.rows.map(line));
  show(find("none-done"), done.rows.length === 0);
  show(find("more-done"), Boolean(said.next));
}

function line(one) {
  const given = [...words.said(one.given.document).map(([what, value]) => `${what} ${value}`), ...(one.given.voucher ? [`comprobante ${one.given.voucher}`] : [])];
  return make("tr", {},
    make("td", {}, moment(one.at), make("span", { className: "said" }, `contraseña: ${moment(one.proved_at)}`)),
    make("td", {}, who(one.by)),
    make("th", { scope: "row" }, one.work_code, make("span", { className: "said" }, slot(one.slot_at))),
    make("td", {}, `${words.ACTIONS[one.action]}${one.cause ? `: ${words.cause(one.cause)}` : ""}`, given.length ? make("span", { className: "said" }, given.join(", ")) : null),
    make("td", {}, one.note || "—", make("span", { className: "said" }, `estaba retenida por: ${words.reason(one.seen.held_reason)}`)));
}

find("more-done").addEventListener("click", () => tried(() => load(done.next)));
find("narrow").addEventListener("submit", (event) => event.preventDefault());
if (mayWrite) {
  decide = new Decide({ done: carryOut, left: leave });
  bulk = new Bulk({ done: carryOut, none: () => queue.none() });
}
tried(async () => {
  queue.works(await api.works());
  await Promise.all([queue.load(), load(null)]);
});
