// Shared by all parts: the data of the page.
const data = JSON.parse(document.getElementById("gerai-data").textContent);
const t = data.texts;
for (const { geometry } of [...data.forest, ...data.extra.flatMap((one) => one.features)]) unpackRings(geometry);
const byId = (id) => document.getElementById(id);
const RANK = { inside: 0, partly_inside: 1, near_boundary: 2, not_assessed: 3, outside: 4 };
const statuses = Object.fromEntries(data.statuses.map((s) => [s.key, s]));
const functions = Object.fromEntries(data.functions.map((f) => [f.key, f]));
const LOCALE = data.lang === "id" ? "id-ID" : "en-GB";

const formats = [0, 1, 2].map((n) => new Intl.NumberFormat(LOCALE, { minimumFractionDigits: n, maximumFractionDigits: n }));
const number = (value, digits = 0) => formats[digits].format(value);
const plain = (text) => (text || "").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const label = (site) => site.village || site.name || site.id;
// Colour of a status as #rrggbb, from its drawing in the page.
const statusColour = (key) =>
  `#${getComputedStyle(byId(`d-${key}`)).fill.match(/\d+/g).slice(0, 3).map((n) => Number(n).toString(16).padStart(2, "0")).join("")}`;
