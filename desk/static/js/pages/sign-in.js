// The door: a local user, or the lender's own provider.

import { Refused, get, post } from "../api.js";
import { h } from "../dom.js";
import { knows, t } from "../i18n.js";

function words(error) {
  if (error.problem?.retry_after_s) return t("problem.retry", { n: error.problem.retry_after_s });
  if (error.status === 401) return t("sign_in.wrong");
  return knows(`problem.${error.reason}`) ? t(`problem.${error.reason}`) : error.message;
}

function form(entered) {
  const user = h("input", {
    id: "user",
    name: "user",
    autocomplete: "username",
    required: true,
    maxlength: 80,
  });
  const password = h("input", {
    id: "password",
    name: "password",
    type: "password",
    autocomplete: "current-password",
    required: true,
    maxlength: 200,
  });
  const wrong = h("p", { class: "wrong", role: "alert" });
  const node = h(
    "form",
    {},
    h("label", { for: "user" }, t("sign_in.user")),
    user,
    h("label", { for: "password" }, t("sign_in.password")),
    password,
    wrong,
    h("button", { class: "first", type: "submit" }, t("sign_in.submit")),
  );
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.textContent = "";
    try {
      entered(await post("/api/sign-in", { user: user.value, password: password.value }));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      wrong.textContent = words(error);
      password.value = "";
      password.focus();
    }
  });
  return node;
}

// Whoever the provider sends back in vain comes with the reason behind the address.
function turnedAway() {
  const [, reason] = /^#\/refused\/([A-Z_]+)$/.exec(location.hash) ?? [];
  if (!reason) return null;
  const text = knows(`problem.${reason}`) ? t(`problem.${reason}`) : t("problem.SIGN_IN");
  return h("p", { class: "wrong", role: "alert" }, text);
}

export async function signInPage(entered) {
  const ways = await get("/api/sign-in").catch(() => ({ local: true }));
  return h(
    "section",
    { class: "sign-in panel" },
    h("h1", {}, t("sign_in.title")),
    h("p", { class: "muted" }, t("sign_in.audited")),
    turnedAway(),
    ways.local ? form(entered) : null,
    ways.oidc ? h("a", { class: "button", href: "/auth/login" }, t("sign_in.provider")) : null,
    ways.local || ways.oidc ? null : h("p", { class: "wrong" }, t("sign_in.none")),
  );
}
