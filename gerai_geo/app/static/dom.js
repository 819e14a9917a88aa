// The data of the page, values as people write them, and requests to the program.
import { fill } from "./nodes.js";

export { el, fill, svg, swatch, symbol } from "./nodes.js";
export const data = JSON.parse(document.getElementById("data").textContent);
export const t = data.texts;
export const byId = (id) => document.getElementById(id);
const LOCALE = data.lang === "id" ? "id-ID" : "en-GB";

export const number = (value, digits = 0) => new Intl.NumberFormat(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
export const size = (bytes) => (bytes < 1e6 ? `${number(bytes / 1e3, bytes < 1e4 ? 1 : 0)} kB` : `${number(bytes / 1e6, 1)} MB`);
export const day = (text) => (text ? new Date(text).toLocaleString(LOCALE, { dateStyle: "long", timeStyle: "short" }) : "");
export const duration = (s) => (s < 90 ? fill(t.seconds, { n: number(Math.max(1, Math.round(s))) }) : fill(t.minutes, { n: number(Math.round(s / 60)) }));

export class Refused extends Error {}

export async function ask(path, { method = "GET", json, body, query = {} } = {}) {
  const address = new URL(`api/${path}`, location.href.split(/[?#]/)[0]);
  for (const [key, value] of Object.entries({ ...query, lang: data.lang })) address.searchParams.set(key, value);
  const options = { method, body: json === undefined ? body : JSON.stringify(json), headers: {} };
  if (json !== undefined) options.headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new Refused(t.lost);
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.error || `${t.failed} (${response.status})`);
  return answer;
}

// Values of the options as the program's fields.
export function options() {
  const form = byId("fields");
  const values = Object.fromEntries(new FormData(form));
  for (const box of form.querySelectorAll("input[type=checkbox]")) values[box.name] = box.checked;
  const previous = document.querySelector("select[name=previous_choice]");
  return { ...values, previous: previous.value };
}
