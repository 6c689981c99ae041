// The form by which a person decides about one hour. What each kind of held hour allows is said before it is asked.

import { fill, find, make, number, options, say, show, slot } from "../dom.js";
import * as words from "./words.js";

const ACCEPT = {
  data: ["Aceptar", ": se envía lo medido, como está."],
  answer: ["Enviar otra vez", ": lo mismo, el próximo día que la autoridad permite."],
  taken: ["Dar el comprobante", ": usted lo encontró en los registros de la autoridad; no se envía nada."],
};
const action = () => find("decide").querySelector("[name=action]:checked")?.value;

export class Decide {
  // `done`: told the body to be sent, and what to be sure of; `left`: that the hour stays as it is.
  constructor({ done, left }) {
    this.row = null;
    options(find("cause"), [["", "elija…"], ...words.CAUSES], "");
    find("decide").addEventListener("change", (event) => { if (event.target.name === "action") this._fit(); });
    find("leave").addEventListener("click", left);
    find("decide").addEventListener("submit", (event) => {
      event.preventDefault();
      const asked = this._read();
      if (asked) done(asked, event.submitter);
    });
  }

  show(row) {
    this.row = row;
    find("decide").reset();
    const [name, says] = ACCEPT[row.kind];
    fill(find("accept-says"), make("strong", {}, name), says);
    show(find("accept-field"), row.kind !== "data" || Boolean(row.would_send));
    show(find("correct-field"), row.kind === "data");
    const known = Object.fromEntries(words.measured(row.evidence));
    const names = [...new Set([...row.asks_for, ...Object.keys(known)])];
    fill(find("values"), names.map((code) => make("label", {}, words.variable(code), make("input", {
      type: "number", step: "any", name: code, value: known[code]?.value ?? "", required: row.asks_for.includes(code),
    }))));
    this._fit();
  }

  _fit() {
    const chosen = action();
    show(find("values"), chosen === "correct");
    for (const field of find("values").querySelectorAll("input")) field.disabled = chosen !== "correct";
    show(find("voucher-field"), chosen === "accept" && this.row.kind === "taken");
    find("voucher").required = chosen === "accept" && this.row.kind === "taken";
    show(find("cause-field"), chosen === "discard");
    find("cause").required = chosen === "discard";
    find("note").required = Boolean(chosen) && chosen !== "accept";
    fill(find("note-says"), chosen === "accept" ? "Por qué (opcional)" : "Por qué");
  }

  _read() {
    const chosen = action();
    const note = find("note").value.trim();
    if (chosen !== "accept" && !note) {
      say("Diga por qué: la nota queda con la hora y en el libro.", { bad: true });
      find("note").focus();
      return null;
    }
    const item = { submission: this.row.submission, seen: this.row.seen };
    if (chosen === "correct") item.values = this._values();
    if (chosen === "accept" && this.row.kind === "taken") item.voucher = find("voucher").value.trim();
    const body = { action: chosen, note, items: [item] };
    if (chosen === "discard") body.cause = find("cause").value;
    return { body, ...this._says(chosen, item) };
  }

  _values() {
    const fields = [...find("values").querySelectorAll("input")].filter((field) => field.value !== "");
    return Object.fromEntries(fields.map((field) => [field.name, Number(field.value)]));
  }

  _says(chosen, item) {
    const title = `${this.row.work_code}, ${slot(this.row.slot_at)}`;
    if (chosen === "discard") return { title, text: "No se enviará nunca. Queda explicada por:", lines: [words.cause(find("cause").value)] };
    if (chosen === "correct") return { title, text: "Se enviará, y después no se puede corregir:", lines: Object.entries(item.values).map(([code, value]) => `${words.variable(code)}: ${number(value)}`) };
    if (item.voucher) return { title, text: "Queda como comprobante, y se lee de vuelta en la autoridad:", lines: [item.voucher] };
    return { title, text: "Se enviará, y después no se puede corregir:", lines: words.said(this.row.would_send).map(([what, value]) => `${what} ${value}`) };
  }
}
