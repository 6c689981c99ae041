// The keys there are, and what may be done with each.

import * as api from "./api.js";
import { fill, find, make, moment, say, show, tried } from "../dom.js";
import { ask } from "./dialogs.js";

const STATES = { active: "Vigente", expired: "Vencida", revoked: "Revocada" };
const bare = (who) => who.replace(/^\w+:/, "");

export class List {
  constructor(scope, showText) {
    this.scope = scope;
    this.showText = showText;
    this.items = [];
    this.next = null;
    find("more").addEventListener("click", () => tried(async () => this._take(await api.page(this.next), this.items)));
  }

  async load() {
    this._take(await api.page(""), []);
  }

  _take({ results, next }, before) {
    this.items = [...before, ...results];
    this.next = next;
    fill(find("list-body"), this.items.map((key) => this._row(key)));
    show(find("none"), !this.items.length);
    show(find("more"), Boolean(next));
  }

  _row(key) {
    const said = (text) => make("span", { className: "said" }, text);
    return make("tr", {},
      make("td", {}, make("strong", {}, key.name), key.secrets.map(secret)),
      make("td", {}, this.scope.describe(key).map(said)),
      make("td", { className: `state-${key.state}` }, STATES[key.state], key.revoked_at ? said(`${moment(key.revoked_at)} · ${bare(key.revoked_by)}`) : null),
      make("td", {}, key.expires_at ? moment(key.expires_at) : "Nunca"),
      make("td", {}, key.last_used_at ? moment(key.last_used_at) : "Sin uso"),
      make("td", {}, bare(key.created_by), said(moment(key.created_at))),
      make("td", { className: "actions" }, key.state === "revoked" ? null : this._actions(key)));
  }

  _actions(key) {
    const button = (text, act) => make("button", { type: "button", className: "button plain small", onclick: () => tried(() => act(key)), "aria-label": `${text}: ${key.name}` }, text);
    const rotate = key.state === "active" ? button("Cambiar por otra", (one) => this._rotate(one)) : null;
    return [rotate, button("Vencimiento", (one) => this._prolong(one)), button("Revocar", (one) => this._revoke(one))];
  }

  async _rotate(key) {
    const hours = await ask("rotate", key.name);
    if (hours === null) return;
    this.showText(await api.rotate(key.id, Number(hours)));
    await this.load();
  }

  async _prolong(key) {
    const day = await ask("prolong", key.name, dayOf(key.expires_at));
    if (day === null) return;
    await api.change(key.id, { expires_at: endOf(day) });
    say(`${key.name}: ${day ? `vence el ${moment(endOf(day))}` : "no vence"}.`);
    await this.load();
  }

  async _revoke(key) {
    const reason = await ask("revoke", key.name);
    if (reason === null) return;
    await api.revoke(key.id, reason);
    say(`${key.name}: revocada. En segundos ya no abre.`);
    await this.load();
  }
}

const ZONE = "America/Santiago";
const offsets = new Intl.DateTimeFormat("en", { timeZone: ZONE, timeZoneName: "longOffset" });
const days = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });

// A day as a person in Chile means it: to its end, by the summer or winter time of that day. Empty means never.
export function endOf(day) {
  if (!day) return null;
  const offset = offsets.formatToParts(new Date(`${day}T23:59:59-04:00`)).find(({ type }) => type === "timeZoneName").value;
  return `${day}T23:59:59${offset.replace("GMT", "")}`;
}
const dayOf = (iso) => (iso ? days.format(new Date(iso)) : "");

const secret = ({ prefix, ends_at: ends }) => make("span", { className: "said" }, make("code", {}, `stk_${prefix}_…`), ends ? ` hasta ${moment(ends)}` : "");
