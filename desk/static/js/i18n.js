// All words of the page, in the language that was chosen; data brings its own {en, zh}.

import * as format from "./format.js";
import { remembered, remember } from "./remembered.js";

export const LANGUAGES = { en: "English", zh: "中文" };
const LOCALES = { en: "en-GB", zh: "zh-CN" };

let words = {};
let language = "en";

export async function load(wanted) {
  const asked =
    wanted ?? remembered("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
  language = asked in LANGUAGES ? asked : "en";
  const answer = await fetch(new URL(`../i18n/${language}.json`, import.meta.url));
  words = await answer.json();
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  remember("language", language);
}

export function lang() {
  return language;
}

export function locale() {
  return LOCALES[language];
}

export function t(key, values) {
  if (!(key in words)) console.error(`expected a text of ${key} in ${language}`);
  return format.template(words[key] ?? key, values);
}

// The word for a value of a closed list; a value that the page does not know yet stays as it is.
export function word(list, value) {
  const key = `${list}.${value}`;
  return key in words ? words[key] : String(value);
}

export function knows(key) {
  return key in words;
}

// A sentence out of the data.
export function say(text) {
  return text?.[language] ?? text?.en ?? "";
}

export function units() {
  return { d: t("unit.d"), h: t("unit.h"), m: t("unit.m"), s: t("unit.s") };
}

export function duration(ms) {
  return format.duration(ms, units());
}

export function coarse(ms) {
  return format.coarse(ms, units());
}

export function money(amount) {
  return amount ? format.money(amount.amount_minor, amount.currency, locale()) : "–";
}
