// Confirming a finding: what it would change is said first, then Core takes the configuration, with its date.

import * as api from "./api.js";
import { fill, find, moment, number, say } from "../dom.js";

const DAY_MS = 86_400_000;
const MOST_DAYS = 92;

// True where the person confirmed it.
export async function confirm(alert) {
  const point = await api.point(alert.point);
  const from = begins(alert.remedy.config_valid_from, point.configs);
  const faults = { ...point.config.faults, ...alert.remedy.config.faults };
  const says = await effect(alert.point, { ...point.config, faults }, from);
  fill(find("remedy-text"), `${point.code}: «${alert.kind_label}» desde el ${moment(from)}. ${says}`);
  if (!(await agreed("remedy-dialog"))) return false;
  await api.configure(alert.point, { ...point.custom_config, faults: { ...(point.custom_config || {}).faults, ...alert.remedy.config.faults } }, from);
  say(`Confirmada: rige desde el ${moment(from)}. Las mediciones se rehacen en un momento.`);
  return true;
}

// Not before the configuration that holds at present: what held before it stays as it was.
function begins(since, configs) {
  return [since, ...configs.map(({ valid_from: from }) => from).filter(Boolean)].map((iso) => [Date.parse(iso), iso]).sort(([one], [other]) => other - one)[0][1];
}

async function effect(point, config, from) {
  const until = Math.min(Date.now(), Date.parse(from) + MOST_DAYS * DAY_MS);
  if (until <= Date.parse(from)) return "Todavía no hay mediciones desde entonces.";
  const { changed } = await api.tryOut({ point, from, to: new Date(until).toISOString(), suppose: { config, valid_from: from } });
  return `${changed === 1 ? "Una medición quedaría dudosa" : `${number(changed)} mediciones quedarían dudosas`}; ningún valor cambia.`;
}

export function agreed(id) {
  const dialog = find(id);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
