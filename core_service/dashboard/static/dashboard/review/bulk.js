// Many hours at once, with care: what they have in common is said, and how many they are is typed.

import { fill, find, options, say, show, slot } from "../dom.js";
import * as words from "./words.js";

export const MOST = 100;

export class Bulk {
  constructor({ done, none }) {
    this.rows = [];
    options(find("bulk-cause"), [["", "elija…"], ...words.CAUSES], "");
    find("bulk-action").addEventListener("change", () => this._fit());
    find("bulk-none").addEventListener("click", none);
    find("bulk").addEventListener("submit", (event) => {
      event.preventDefault();
      const asked = this._read();
      if (asked) done(asked, event.submitter);
    });
  }

  show(rows) {
    this.rows = rows;
    fill(find("bulk-count"), rows.length === 1 ? "1 hora elegida" : `${rows.length} horas elegidas`);
    show(find("bulk"), rows.length > 0);
    this._fit();
  }

  _fit() {
    const discard = find("bulk-action").value === "discard";
    show(find("bulk-cause-field"), discard);
    find("bulk-cause").required = discard;
    find("bulk-note").required = discard;
  }

  _read() {
    const action = find("bulk-action").value;
    if (this.rows.length > MOST) {
      say(`Son demasiadas de una vez: a lo más ${MOST}.`, { bad: true });
      return null;
    }
    if (action === "accept" && this.rows.some((row) => row.kind === "taken")) {
      say("Entre las elegidas hay horas que la autoridad ya tiene: cada una pide su comprobante. Ábralas de a una.", { bad: true });
      return null;
    }
    const items = this.rows.map(({ submission, seen }) => ({ submission, seen }));
    const body = { action, note: find("bulk-note").value.trim(), items };
    if (action === "discard") body.cause = find("bulk-cause").value;
    const verb = action === "accept" ? "Aceptar" : "Descartar";
    const text = action === "accept" ? "Se enviará lo medido, y después no se puede corregir:" : `No se enviarán nunca. Quedan explicadas por ${words.cause(body.cause)}:`;
    return { body, title: `${verb} ${this.rows.length} ${this.rows.length === 1 ? "hora" : "horas"}`, text, lines: groups(this.rows) };
  }
}

// By work and reason, with the first and the last hour: what a person would want to have read before.
function groups(rows) {
  const found = new Map();
  for (const row of rows) {
    const name = `${row.work_code}, ${words.reason(row.reason)}`;
    found.set(name, [...(found.get(name) || []), row.slot_at]);
  }
  return [...found].map(([name, slots]) => `${name}: ${slots.length} (${slots.length === 1 ? slot(slots[0]) : `${slot(slots[0])} a ${slot(slots.at(-1))}`})`);
}
