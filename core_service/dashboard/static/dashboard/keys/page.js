// Making keys, and showing each text once.

import * as api from "./api.js";
import { busy, fill, find, say, show, tried } from "../dom.js";
import { List, endOf } from "./list.js";
import { Scope } from "./scope.js";

let scope = null;
let list = null;

async function begin() {
  const [points, sources] = await Promise.all([api.points(), api.sources().catch(() => null)]);
  show(find("no-sources"), sources === null);
  scope = new Scope(points, sources || []);
  list = new List(scope, showText);
  await list.load();
}

find("make-form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  busy(event.submitter, async () => {
    const chosen = scope.read();
    if (!chosen.points.length && !chosen.sources.length) {
      say("Elija para qué puntos o fuentes es la clave.", { bad: true });
      return;
    }
    const made = await api.create({ name: find("name").value.trim(), ...chosen, expires_at: find("never").checked ? null : endOf(find("ends").value) });
    say("");
    find("make-form").reset();
    ends();
    scope.clear();
    showText(made);
    await list.load();
  });
});

// "Never" is chosen, not left out.
function ends() {
  find("ends").disabled = find("never").checked;
  find("ends").required = !find("never").checked;
}
find("never")?.addEventListener("change", ends);

// Nothing keeps it: once the dialog is closed the page has forgotten it too.
function showText({ name, key }) {
  fill(find("made-name"), name);
  find("made-text").value = key;
  fill(find("copied"), "");
  find("made-dialog").showModal();
  find("made-text").select();
}

find("copy")?.addEventListener("click", () => tried(async () => {
  find("made-text").select();
  const done = navigator.clipboard ? await navigator.clipboard.writeText(find("made-text").value).then(() => true, () => false) : false;
  fill(find("copied"), done ? "Copiada." : "Quedó seleccionada: cópiela con el teclado.");
}));
find("made-dialog")?.addEventListener("close", () => { find("made-text").value = ""; });

if (find("make-form")) tried(begin);
