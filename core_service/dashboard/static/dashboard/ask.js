// Asks the APIs in the name of whoever has the session: Core gives a token for it, which lives for minutes.

const EARLY_MS = 30_000;
let token = null;

export class Refused extends Error {
  constructor(problem) {
    super(problem.detail || "No se pudo.");
    this.errors = problem.errors || [];
    this.status = problem.status;
    this.code = problem.code;
  }
}

async function access() {
  if (token && Date.now() < token.until) return token.access;
  return keep(await ofSession("/api/auth/session-token/", {}));
}

// The password once more, before what cannot be undone: from now on the token says when it was shown.
export const confirm = async (password) => { keep(await ofSession("/api/auth/confirm/", { password })); };

function keep(said) {
  token = { access: said.access, until: Date.now() + said.expires_in * 1000 - EARLY_MS };
  return token.access;
}

async function ofSession(address, body) {
  const proof = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(address, {
    method: "POST",
    headers: { "X-CSRFToken": proof, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.status === 401 && !("password" in body)) {
    window.location.reload(); // the session is over: the page asks to enter again
    await new Promise(() => {});
  }
  return read(answer);
}

async function read(answer) {
  if (answer.status === 204) return null;
  if (answer.status === 413) throw new Refused({ detail: "El archivo es demasiado grande: a lo más 50 MB.", status: 413 });
  const body = await answer.json().catch(() => ({ detail: `El servicio no responde bien (${answer.status}).`, status: answer.status }));
  if (!answer.ok) throw new Refused(body);
  return body;
}

async function ask(address, { method = "GET", body, form } = {}) {
  const once = async () => {
    const headers = { Authorization: `Bearer ${await access()}` };
    if (body) headers["Content-Type"] = "application/json";
    return fetch(address, { method, headers, body: form || (body && JSON.stringify(body)) });
  };
  try {
    const answer = await once();
    if (answer.status !== 401) return answer;
    token = null; // this machine's clock may be wrong: the service says when a token is over
    return await once();
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused({ detail: "No hay conexión con el servicio. Lo ya subido no se pierde." });
  }
}

export const asked = async (...what) => read(await ask(...what));

// Every row of a list, page after page.
export async function all(address) {
  const found = [];
  let cursor = "";
  do {
    const said = await asked(`${address}?limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    found.push(...said.results);
    cursor = said.next;
  } while (cursor);
  return found;
}

// A download cannot carry the token in its address: the body comes first, then it is saved.
export async function saveFrom(where, name) {
  const answer = await ask(where);
  if (!answer.ok) await read(answer);
  const address = URL.createObjectURL(await answer.blob());
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
