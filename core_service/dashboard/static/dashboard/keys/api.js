// What the page asks about keys.

import { all, asked } from "../ask.js";

const KEYS = "/api/core/keys/";

export const page = (cursor) => asked(`${KEYS}?limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
export const create = (body) => asked(KEYS, { method: "POST", body });
export const change = (id, body) => asked(`${KEYS}${id}/`, { method: "PATCH", body });
export const rotate = (id, hours) => asked(`${KEYS}${id}/rotate/`, { method: "POST", body: { overlap_h: hours } });
export const revoke = (id, reason) => asked(`${KEYS}${id}/revoke/`, { method: "POST", body: { reason } });

export const points = () => all("/api/core/points/");

// Telemetry's. It may be away: keys for whole points are made without it.
export async function sources() {
  const [found, providers] = await Promise.all([all("/api/telemetry/sources/"), all("/api/telemetry/providers/")]);
  const names = Object.fromEntries(providers.map(({ id, name }) => [id, name]));
  return found.map(({ id, point, provider, variables }) => ({
    id, point, text: `${names[provider] || "cuenta"} · ${variables.map(({ variable }) => variable).join(", ") || "sin variables"} · ${id.slice(0, 8)}`,
  }));
}
