// What the page asks about alerts, and of Core about the points they are of.

import { all, asked } from "../ask.js";

const ALERTS = "/api/telemetry/alerts/";
const said = (filters) => Object.entries(filters).filter(([, value]) => value);

export const page = (filters, cursor) => asked(`${ALERTS}?${new URLSearchParams([...said(filters), ["limit", "50"], ...(cursor ? [["cursor", cursor]] : [])])}`);
export const summary = () => asked(`${ALERTS}summary/`);
export const kinds = async () => (await asked(`${ALERTS}kinds/`)).results;
export const one = (id) => asked(`${ALERTS}${id}/`);
export const act = (id, what, note) => asked(`${ALERTS}${id}/${what}/`, { method: "POST", body: { note } });

export const points = () => all("/api/core/points/");
export const point = (id) => asked(`/api/core/points/${id}/`);
export const configure = (id, config, from) => asked(`/api/core/points/${id}/`, { method: "PATCH", body: { config, config_valid_from: from } });
export const tryOut = (body) => asked("/api/telemetry/replay/", { method: "POST", body });
