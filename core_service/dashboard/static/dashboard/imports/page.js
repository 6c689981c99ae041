// The way of a file through the page: bring, columns, mode, check, run.

import * as api from "./api.js";
import { busy, fill, find, make, moment, number, options, say, show, tried } from "../dom.js";
import { List } from "./list.js";
import { Columns } from "./mapping.js";
import { drawReport } from "./report.js";

const LOOK_MS = 1000;
const WAITS = ["checking", "queued", "running"];
const mayWrite = document.body.dataset.mayWrite === "yes";
const list = new List(mayWrite, (item) => resume(item));
let brought = null;
let columns = null;

async function begin() {
  await list.load();
  if (!mayWrite) return;
  const [choices, points] = await Promise.all([api.choices(), api.points()]);
  columns = new Columns(choices, points);
  await offerSaved();
}

async function offerSaved() {
  const saved = await api.mappings();
  options(find("saved"), [["", saved.length ? "el propuesto" : "ninguno todavía"], ...saved.map(({ name }) => [name, name])]);
  find("saved").onchange = () => {
    const chosen = saved.find(({ name }) => name === find("saved").value);
    draw(chosen ? chosen.mapping : brought.suggested);
  };
}

function draw(mapping) {
  columns.draw(brought.preview.rows, { ...mapping, file: { ...mapping.file, sheet: brought.preview.sheet } });
  stale();
}

// What was checked under other choices is no longer what a run would do.
function stale() {
  show(find("report"), false);
}

find("bring-form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  busy(event.submitter, () => bringFile(find("file").files[0]));
});

async function bringFile(file) {
  say(`Subiendo ${file.name}…`);
  brought = await api.bring(file);
  say("");
  begun();
  list.load();
}

// An import that was brought and not run yet, with the mapping that was chosen last.
async function resume({ id }) {
  const [said, more] = await Promise.all([api.one(id), api.preview(id, "")]);
  brought = { ...said, ...more, suggested: said.mapping || more.suggested };
  begun();
}

function begun() {
  const { preview, same_file: same } = brought;
  fill(find("brought"),
    make("p", {}, make("strong", {}, brought.file.name), ` · ${number(Math.ceil(brought.file.size / 1024))} kB · ${preview.format.toUpperCase()}`),
    same.length ? make("p", { className: "status" }, `Este mismo archivo ya se subió: ${same.map((one) => `${moment(one.created_at)} (${one.state_label.toLowerCase()})`).join(", ")}.`) : null);
  show(find("brought"));
  options(find("sheet"), preview.sheets.map((sheet) => [sheet, sheet]), preview.sheet);
  show(find("sheet-field"), preview.sheets.length > 1);
  open();
}

function open() {
  fill(find("doubts"), brought.doubts.map((text) => make("li", {}, text)));
  show(find("doubts"), brought.doubts.length > 0);
  find("saved").value = "";
  show(find("mapping"));
  show(find("how"));
  draw(brought.suggested);
  find("mapping-title").focus();
}

find("sheet")?.addEventListener("change", () => tried(async () => {
  Object.assign(brought, await api.preview(brought.id, find("sheet").value));
  open();
}));

find("mapping")?.addEventListener("change", stale);
find("how")?.addEventListener("change", (event) => {
  if (event.target.name === "mode") stale();
});

const mode = () => document.querySelector("[name=mode]:checked").value;

find("check")?.addEventListener("click", (event) => busy(event.target, async () => {
  const name = find("save-as").value.trim();
  say("Revisando…");
  const said = await wait(await api.check(brought.id, { mode: mode(), mapping: columns.read(), save_as: name }));
  say("");
  if (name) await offerSaved();
  fill(find("report-body"), drawReport(said, columns.byCode));
  const can = said.state === "checked" && Boolean(said.report.counts.stored);
  show(find("run-form"), can);
  show(find("progress"), false);
  fill(find("run"), can ? `Cargar ${number(said.report.counts.stored)} lecturas` : "");
  find("note").required = mode() === "replace";
  fill(find("note-hint"), mode() === "replace" ? "(obligatorio: por qué se reemplaza)" : "(opcional)");
  show(find("report"));
  find("report-title").focus();
}));

find("run-form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  busy(event.submitter, async () => {
    const said = await wait(await api.act(brought.id, "run", find("note").value));
    await list.load();
    if (said.state !== "done") {
      fill(find("report-body"), drawReport(said, columns.byCode));
      return;
    }
    ["brought", "mapping", "how", "report"].forEach((part) => show(find(part), false));
    find("bring-form").reset();
    say(`Cargadas ${number(said.counts.stored || 0)} lecturas: las mediciones aparecen en un momento.`);
  });
});

// Until it stops where a person or nobody has to go on.
async function wait(said) {
  let found = said;
  while (WAITS.includes(found.state)) {
    progress(found);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    found = await api.one(found.id);
  }
  progress(found);
  return found;
}

function progress({ state, rows_done: done, rows_total: total }) {
  show(find("progress"), state !== "checking" && state !== "checked" && state !== "refused");
  find("bar").value = total ? done / total : 0;
  fill(find("bar-text"), total ? `${number(done)} de ${number(total)} filas` : "");
}

tried(begin);
