// Being sure, and being oneself: what cannot be undone is said once more, and by whom.

import { confirm } from "../ask.js";
import { fill, find, make, show } from "../dom.js";

const closed = (dialog) => new Promise((resolve) => {
  dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
});

// `count`: of how many it is; more than one has to be typed, so that nobody decides about a hundred by a click.
export async function sure({ title, text, lines, count }) {
  const dialog = find("sure-dialog");
  fill(find("sure-title"), title);
  fill(find("sure-text"), text);
  fill(find("sure-list"), lines.map((line) => make("li", {}, line)));
  show(find("sure-count-field"), count > 1);
  find("sure-count").value = "";
  const typed = () => { find("sure-yes").disabled = count > 1 && find("sure-count").value.trim() !== String(count); };
  find("sure-count").oninput = typed;
  typed();
  dialog.returnValue = "no";
  dialog.showModal();
  return closed(dialog);
}

// Does it; where the password is asked for again, asks, and does it once more. Null where the person thought better of it.
export async function proved(act) {
  try {
    return await act();
  } catch (error) {
    if (error.code !== "proof_needed") throw error;
  }
  return (await shown()) ? act() : null;
}

async function shown() {
  const dialog = find("proof-dialog");
  let wrong = "";
  for (;;) {
    find("proof-password").value = "";
    fill(find("proof-wrong"), wrong);
    show(find("proof-wrong"), Boolean(wrong));
    dialog.returnValue = "no";
    dialog.showModal();
    if (!(await closed(dialog))) return false;
    try {
      await confirm(find("proof-password").value);
      return true;
    } catch (error) {
      wrong = error.message;
    } finally {
      find("proof-password").value = "";
    }
  }
}
