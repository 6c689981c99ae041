// What the page asks about imports.

import { all, asked, saveFrom } from "../ask.js";

const IMPORTS = "/api/telemetry/imports/";

export const bring = (file) => {
  const form = new FormData();
  form.append("file", file);
  return asked(IMPORTS, { method: "POST", form });
};
export const page = (cursor) => asked(`${IMPORTS}?limit=20${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
export const one = (id) => asked(`${IMPORTS}${id}/`);
export const preview = (id, sheet) => asked(`${IMPORTS}${id}/preview/${sheet ? `?sheet=${encodeURIComponent(sheet)}` : ""}`);
export const check = (id, body) => asked(`${IMPORTS}${id}/check/`, { method: "POST", body });
export const act = (id, what, note) => asked(`${IMPORTS}${id}/${what}/`, { method: "POST", body: { note } });
export const choices = () => asked(`${IMPORTS}choices/`);
export const mappings = async () => (await asked(`${IMPORTS}mappings/`)).results;

export const points = async () => (await all("/api/core/points/")).map(({ code, name }) => ({ code, name }));

export const save = (id, what, name) => saveFrom(`${IMPORTS}${id}/${what}/`, name);
