// What is asked before a key changes.

import { fill, find } from "../dom.js";

// The field's value, or null where the person thought better of it.
export function ask(what, name, value) {
  const dialog = find(`${what}-dialog`);
  const field = find(`${what}-value`);
  fill(dialog.querySelector(".whose"), name);
  if (value !== undefined || what === "revoke") field.value = value || "";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? field.value : null), { once: true });
  });
}
