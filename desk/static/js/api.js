// Requests to the desk. What is refused is a Refused with the problem as the desk told it.

let csrf = "";

export class Refused extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || String(problem.status));
    this.problem = problem;
    this.status = problem.status;
    this.reason = problem.reason ?? "";
  }
}

export function trustSession(session) {
  csrf = session?.csrf ?? "";
}

async function problemOf(answer) {
  const said = await answer.json().catch(() => ({}));
  return { status: answer.status, title: answer.statusText, ...said };
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused({ status: 0, reason: "OFFLINE" });
  }
  if (!answer.ok) throw new Refused(await problemOf(answer));
  return answer.status === 204 ? null : answer.json();
}

export function get(path, parameters = {}) {
  const given = Object.entries(parameters).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  const query = new URLSearchParams(given).toString();
  return ask(query ? `${path}?${query}` : path);
}

export function post(path, body) {
  return ask(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrf-token": csrf },
    body: JSON.stringify(body ?? {}),
  });
}

// A case id has slashes that belong to the path; what else is odd in it is escaped.
export function casePath(id, rest = "") {
  return `/api/cases/${id.split("/").map(encodeURIComponent).join("/")}${rest}`;
}
